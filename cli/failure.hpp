// What went wrong, for a person and for a script: what happened, what it means for the money, what
// to do; and the exit code. Everything that can fail in the command line fails with this.
//
// What always holds: exit codes are published (docs, --help): never reused, never changed.
// Pure but for explain(TransportError), which looks at the socket's owner. Any thread.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "protocol/client.hpp"

namespace giro::cli {

enum class ExitCode : int {
  ok = 0,
  rejected = 1,  // Decided against; or verify, submit found something.
  usage = 64,    // The request is wrong; as it is, it never works.
  no_daemon = 69,
  internal = 70,   // A defect of Giro, or its file can't be read.
  no_output = 74,  // What it has to say, or was to make, couldn't be written where it belongs.
  try_again = 75,  // The same command later, safely.
  no_permission = 77,
  interrupted = 130,  // As a shell has it: 128 and the signal.
};

struct ExitCodeMeaning {
  ExitCode exit;
  std::string_view name;  // What a failure's `code` is where nothing says it closer.
  std::string_view meaning;
};
// Every exit code, for whoever writes them down.
[[nodiscard]] std::span<const ExitCodeMeaning> exit_codes();

struct Failure {
  ExitCode exit = ExitCode::internal;
  std::string what;
  std::string money;   // Empty where the command is about none.
  std::string advice;  // Likewise.
  std::string code =
      {};  // The daemon's name for it, or the command line's own; empty: its exit code's.
  std::string field = {};    // The field or option that it is about; empty: none.
  std::string new_key = {};  // Made for this run: the same command line would make another one.
  bool open = false;         // Something was sent, and whether it took effect isn't known.
};

// Whether the same command line may do better later and can do no harm. What went out under a key that nobody
// typed, and may have taken effect, must be sent again with that key.
[[nodiscard]] bool may_be_run_again(const Failure& failure);

template <class T>
using Result = std::expected<T, Failure>;

// The part of a daemon's message that says what happened, without what it says about the money and
// what to do, which depend on what the command line knows.
[[nodiscard]] std::string what_happened(std::string_view message);

// Of what was found before anything was sent; who has sent something already says so instead.
[[nodiscard]] std::unexpected<Failure> usage_failure(std::string what, std::string advice = {});

// Of a request that another node was sent before, and may have decided: nothing that is met after it settles that.
[[nodiscard]] Failure left_open(Failure failure);

// The exit code for an error that the daemon named so (`error.data.code`).
[[nodiscard]] ExitCode exit_code_of(std::string_view error_name);
// `changes`: the request that failed could have changed the ledger.
[[nodiscard]] Failure explain(const client::RpcError& error, const std::string& socket_path,
                              bool changes);
[[nodiscard]] Failure explain(const client::TransportError& error, const std::string& socket_path,
                              bool changes);

// Lines for stderr; with `as_json` one JSON object on one line:
//   {"error":{"code","field","retry","message","exit","what","money","advice"}}, `key` where one was made.
[[nodiscard]] std::string render(const Failure& failure, bool as_json);

}  // namespace giro::cli
