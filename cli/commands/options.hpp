// Options that several commands have: how they are declared, and what they become in a request's params.
//
// What always holds: an option that wasn't given is a field that isn't sent, so that the daemon's default
// stands.
// Thread: the main one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

// Of every request with a key of its own.
struct KeyOptions {
  std::string key;  // Empty: one is made.
  bool dry_run = false;
};

void declare_key(CLI::App& command, KeyOptions& options);

// What a client notes about a payment.
struct DescriptionOptions {
  std::string reference;
  std::string description;
  std::string metadata;
  std::optional<std::int64_t> code;
  std::string effective_date;
  std::string deadline;
};

void declare_description(CLI::App& command, DescriptionOptions& options);
[[nodiscard]] Result<void> add_description(boost::json::object& params,
                                           const DescriptionOptions& options);

// What an account may be told to keep to. Limits are decimals, or "none".
struct TermsOptions {
  std::string floor;
  std::string ceiling;
  std::string metadata;
};

// `parse` takes a decimal of the account's currency.
[[nodiscard]] Result<void> add_terms(
    boost::json::object& params, const TermsOptions& options,
    const std::function<Result<Amount>(const std::string&)>& parse);

// "#42" is the seq 42, everything else a key: as payments.capture and its like name what was decided before.
[[nodiscard]] boost::json::value key_or_seq(const std::string& text);

}  // namespace giro::cli
