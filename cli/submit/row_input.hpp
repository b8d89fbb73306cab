// The FILE of rows that a command takes, and how it is read: submit, group.
// Thread: the main one.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/session.hpp"
#include "cli/submit/row_source.hpp"

namespace giro::cli {

struct RowInput {
  std::string file;
  RowFormat format = RowFormat::detect;
};

void declare_rows(CLI::App& command, RowInput& input, const std::string& what);
// Decimals become amounts by what `session` knows of their currencies; it must outlive the source.
[[nodiscard]] Result<RowSource> open_rows(Session& session, const RowInput& input);

}  // namespace giro::cli
