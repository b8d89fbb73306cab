// What went wrong, for a person and for a script: what happened, what it means for the money, what
// to do; and the exit code. Everything that can fail in the command line fails with this.
//
// What always holds: exit codes are published (docs, --help): never reused, never changed.
// Pure but for explain(TransportError), which looks at the socket's owner. Any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "protocol/client.hpp"

namespace giro::cli {

enum class ExitCode : int {
  ok = 0,
  rejected = 1,  // Decided against; or verify, submit found something.
  usage = 64,    // The request is wrong; as it is, it never works.
  no_daemon = 69,
  internal = 70,   // A defect of Giro.
  no_output = 74,  // It is done, but what it has to say couldn't be written where it belongs.
  try_again = 75,  // The same command later, safely.
  no_permission = 77,
};

struct Failure {
  ExitCode exit = ExitCode::internal;
  std::string what;
  std::string money;   // Empty where the command is about none.
  std::string advice;  // Likewise.
};

template <class T>
using Result = std::expected<T, Failure>;

// The part of a daemon's message that says what happened, without what it says about the money and
// what to do, which depend on what the command line knows.
[[nodiscard]] std::string what_happened(std::string_view message);

// Of what was found before anything was sent; who has sent something already says so instead.
[[nodiscard]] std::unexpected<Failure> usage_failure(std::string what, std::string advice = {});

// The exit code for an error that the daemon named so (`error.data.code`).
[[nodiscard]] ExitCode exit_code_of(std::string_view error_name);
// `changes`: the request that failed could have changed the ledger.
[[nodiscard]] Failure explain(const client::RpcError& error, const std::string& socket_path,
                              bool changes);
[[nodiscard]] Failure explain(const client::TransportError& error, const std::string& socket_path,
                              bool changes);

// Lines for stderr; with `as_json` one JSON object on one line.
[[nodiscard]] std::string render(const Failure& failure, bool as_json);

}  // namespace giro::cli
