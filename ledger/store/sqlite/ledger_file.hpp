// Where a ledger's file is: its path, and the disk that it is reached through. Values: any thread.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

namespace giro::store {

struct LedgerFile {
  // A path is a file on SQLite's default VFS.
  LedgerFile(std::filesystem::path its_path,
             std::string its_vfs = {})  // NOLINT(google-explicit-constructor)
      : path(std::move(its_path)), vfs(std::move(its_vfs)) {}

  std::filesystem::path path;
  std::string vfs;  // By name.
};

}  // namespace giro::store
