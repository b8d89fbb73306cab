// A file that is read and written by its bytes, through SQLite's VFS, so that it lies on the disk that the ledger
// lies on, a test's too: the anchor, and the ledger's own pages. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <sqlite3.h>

namespace giro::store {

class VfsFile {
 public:
  enum class Use : std::uint8_t { read, write };
  // A ledger's file must be told apart: closing any other descriptor of it takes the locks away that SQLite has on
  // it in this process (fcntl), and so the log from under a running girod's feet.
  enum class Kind : std::uint8_t { ledger, other };
  // REQUIRES: the file exists. Errors: why it can't be opened. `vfs`: by name; empty: the default.
  static std::expected<VfsFile, std::string> open(const std::filesystem::path& file,
                                                  const std::string& vfs, Use use,
                                                  Kind kind = Kind::other);

  enum class Got : std::uint8_t {
    all,
    less,     // The file ends before; the bytes past its end are 0.
    nothing,  // It can't be read, and the bytes say nothing.
  };
  [[nodiscard]] Got read(std::span<std::uint8_t> bytes, std::int64_t offset);
  [[nodiscard]] bool write(std::span<const std::uint8_t> bytes, std::int64_t offset);
  [[nodiscard]] bool sync();

 private:
  struct Close {
    void operator()(sqlite3_file* file) const;
  };
  struct FreeName {
    void operator()(const char* name) const;
  };

  VfsFile() = default;

  // SQLite's file keeps a pointer to its name.
  std::unique_ptr<const char, FreeName> name_;
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<sqlite3_file, Close> file_;
};

}  // namespace giro::store
