// Rows of a file sent, and told what became of them: submit, import.
// Thread: the main one.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "cli/submit/rows.hpp"
#include "cli/submit/submitter.hpp"

namespace giro::cli {

struct SubmissionOptions {
  bool quiet = false;
  std::string rejects;
  SubmitLimits limits;
};

void declare_submission(CLI::App& command, SubmissionOptions& options);
[[nodiscard]] Result<ExitCode> submit_rows(Session& session, Rows& rows,
                                           const SubmissionOptions& options);

}  // namespace giro::cli
