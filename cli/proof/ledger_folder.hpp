// Commands that read the ledger's files themselves, beside its daemon or without one: what is proven must not rest
// on what the daemon says.
// Thread: the main one.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/failure.hpp"

namespace giro::cli {

void declare_data(CLI::App& command, std::string& data);
// `data`, or where girod keeps the ledger by default.
[[nodiscard]] Result<std::string> data_folder(const std::string& data);

}  // namespace giro::cli
