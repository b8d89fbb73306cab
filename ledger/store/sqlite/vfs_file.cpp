#include "ledger/store/sqlite/vfs_file.hpp"

#include <cstring>

namespace giro::store {

void VfsFile::Close::operator()(sqlite3_file* file) const {
  file->pMethods->xClose(file);
}

void VfsFile::FreeName::operator()(const char* name) const {
  sqlite3_free_filename(const_cast<char*>(name));
}

std::expected<VfsFile, std::string> VfsFile::open(const std::filesystem::path& file,
                                                  const std::string& vfs, Use use, Kind kind) {
  sqlite3_vfs* found = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  if (found == nullptr) return std::unexpected("there is no such VFS");
  VfsFile opened;
  opened.name_.reset(sqlite3_create_filename(file.c_str(), "", "", 0, nullptr));
  opened.memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(found->szOsFile));
  auto* raw = reinterpret_cast<sqlite3_file*>(opened.memory_.get());
  // Else, of SQLite's kinds of files, the one without locks of its own that may lie beside any other.
  const int flags = (kind == Kind::ledger ? SQLITE_OPEN_MAIN_DB : SQLITE_OPEN_SUPER_JOURNAL) |
                    (use == Use::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  const int result = found->xOpen(found, opened.name_.get(), raw, flags, nullptr);
  if (raw->pMethods != nullptr) opened.file_.reset(raw);
  if (result != SQLITE_OK) return std::unexpected(sqlite3_errstr(result));
  return opened;
}

VfsFile::Got VfsFile::read(std::span<std::uint8_t> bytes, std::int64_t offset) {
  const int result =
      file_->pMethods->xRead(file_.get(), bytes.data(), static_cast<int>(bytes.size()), offset);
  if (result == SQLITE_OK) return Got::all;
  if (result == SQLITE_IOERR_SHORT_READ) return Got::less;
  std::memset(bytes.data(), 0, bytes.size());
  return Got::nothing;
}

bool VfsFile::write(std::span<const std::uint8_t> bytes, std::int64_t offset) {
  return file_->pMethods->xWrite(file_.get(), bytes.data(), static_cast<int>(bytes.size()),
                                 offset) == SQLITE_OK;
}

bool VfsFile::sync() {
  return file_->pMethods->xSync(file_.get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) ==
         SQLITE_OK;
}

}  // namespace giro::store
