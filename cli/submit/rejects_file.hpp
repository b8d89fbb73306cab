// The file of `giro submit --rejects`: the rows that weren't applied, as they stand in the input, to
// be mended and sent again.
//
// What always holds: no file that was there is overwritten; only its owner may read it; it is there
// afterwards only if it has every row that it should have, and at least one.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/failure.hpp"

namespace giro::cli {

class RejectsFile {
 public:
  [[nodiscard]] static Result<RejectsFile> create(const std::string& path);
  RejectsFile(RejectsFile&& other) noexcept;
  RejectsFile& operator=(RejectsFile&&) = delete;
  ~RejectsFile();  // Takes the file away unless it was kept.

  // `header`: the input's own, written before the first row; empty where the format has none.
  void add(std::string_view row, std::string_view header);
  // Failure: a row couldn't be written.
  [[nodiscard]] Result<void> keep();

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  RejectsFile(std::string path, int handle) : path_(std::move(path)), handle_(handle) {}
  void write_out();

  std::string path_;
  int handle_ = -1;
  int error_number_ = 0;  // Of the first write that failed.
  std::string unwritten_;
  std::uint64_t rows_ = 0;
  bool kept_ = false;
};

}  // namespace giro::cli
