// What a payment is told on the command line, whenever it is decided: pay, hold, schedule. Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/commands/options.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct PayOptions {
  std::string from;
  std::string to;
  std::string amount;
  std::string currency;
  KeyOptions key;
  DescriptionOptions description;
  std::optional<std::int64_t> if_version;
  std::string if_available_gte;
  bool up_to = false;
};

void declare_pay(CLI::App& command, PayOptions& options);
[[nodiscard]] Result<boost::json::object> pay_params(Session& session, const PayOptions& options);
// Sends it, and shows what was asked beside what was decided.
[[nodiscard]] Result<ExitCode> send_payment(Session& session, std::string_view method,
                                            boost::json::object params, const KeyOptions& key);

}  // namespace giro::cli
