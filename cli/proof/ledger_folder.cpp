#include "cli/proof/ledger_folder.hpp"

#include "protocol/paths.hpp"

namespace giro::cli {

void declare_data(CLI::App& command, std::string& data) {
  command
      .add_option("--data", data,
                  "The ledger's folder, whose files are read beside a running daemon, too "
                  "(default: girod's)")
      ->type_name("DIR");
}

Result<std::string> data_folder(const std::string& data) {
  if (!data.empty()) return data;
  if (auto folder = default_data_dir()) return *folder;
  return usage_failure("this user has no default folder of a ledger", "Name it with --data DIR.");
}

}  // namespace giro::cli
