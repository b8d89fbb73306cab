#include "cli/failure.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro::cli {
namespace {

using client::TransportError;

constexpr std::string_view kNothingDecided = "Nothing was decided and no money moved.";
constexpr std::string_view kOpen =
    "It may or may not have taken effect: the answer was lost, not the money.";
constexpr std::string_view kAskByKey =
    "Ask with `giro get KEY`, or send it again with the same key: a key takes effect once.";
constexpr std::string_view kOnlyAsked = "It was only a question: no money moved.";

struct NamedError {
  std::string_view name;
  ExitCode exit;
  std::string_view money;
  std::string_view advice;
};

constexpr std::array<NamedError, 12> kNamedErrors{{
    {"busy", ExitCode::try_again, kNothingDecided, "Try again in a moment, with the same key."},
    {"read_only", ExitCode::try_again, kNothingDecided,
     "The ledger's disk is full, or the ledger is read-only: make room, then try again with the "
     "same key."},
    {"shutting_down", ExitCode::try_again, kNothingDecided,
     "Try again after the daemon's restart, with the same key."},
    {"outcome_unknown", ExitCode::try_again, kOpen, kAskByKey},
    {"key_conflict", ExitCode::rejected,
     "The key's earlier outcome stands; nothing was decided now.",
     "`giro get KEY` shows what the key decided. Use a new key for a new payment."},
    {"unauthorized", ExitCode::no_permission, kNothingDecided, ""},
    {"account_unknown", ExitCode::rejected, kOnlyAsked,
     "`giro account list --all` shows every account."},
    {"malformed", ExitCode::usage, kNothingDecided, "Mend the request."},
    {"too_large", ExitCode::usage, kNothingDecided, "Send less at once."},
    {"unknown_method", ExitCode::usage, kNothingDecided,
     "`giro call server.info` lists the methods."},
    {"unknown_field", ExitCode::usage, kNothingDecided, "Mend the request."},
    {"same_account", ExitCode::usage, kNothingDecided, "Name two different accounts."},
}};

NamedError named_error(std::string_view name) {
  for (const NamedError& known : kNamedErrors) {
    if (known.name == name) return known;
  }
  if (name.starts_with("invalid_")) {
    return {name, ExitCode::usage, kNothingDecided, "Mend the request."};
  }
  return {name, ExitCode::internal, kNothingDecided,
          "This is a defect of Giro: please report it with the daemon's log."};
}

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? std::to_string(geteuid()) : user->pw_name;
}

// The group that may use the socket; of its folder where the socket itself can't be seen.
std::string group_of(const std::string& socket_path) {
  struct stat status{};
  const std::string folder = socket_path.substr(0, socket_path.rfind('/'));
  if (stat(socket_path.c_str(), &status) != 0 && stat(folder.c_str(), &status) != 0) return "giro";
  const group* owner = getgrgid(status.st_gid);
  return owner == nullptr ? std::to_string(status.st_gid) : owner->gr_name;
}

std::string join_the_group(const std::string& socket_path) {
  const std::string group = group_of(socket_path);
  // Nobody should become a member of that one for a ledger's sake.
  if (group == "root") {
    return "The socket belongs to root alone: use sudo, or give it a group in the daemon's "
           "configuration.";
  }
  return fmt::format(
      "The socket belongs to the group {0}. Join it with `sudo usermod -aG {0} {1}`, then log in "
      "again.",
      group, user_name());
}

Failure explain_connect(int error_number, const std::string& socket_path) {
  const std::string why = std::generic_category().message(error_number);
  Failure failure{.exit = ExitCode::no_daemon,
                  .what = fmt::format("no daemon answers at {}: {}", socket_path, why),
                  .money = "Nothing was sent and no money moved.",
                  .advice = fmt::format("Start it with `systemctl start girod`, or with `girod "
                                        "--data DIR --socket {}`; another socket is named with "
                                        "--socket or GIRO_SOCKET.",
                                        socket_path)};
  if (error_number == EACCES || error_number == EPERM) {
    failure.exit = ExitCode::no_permission;
    failure.what = fmt::format("you may not use the socket {}: {}", socket_path, why);
    failure.advice = join_the_group(socket_path);
  } else if (error_number == EAGAIN) {
    failure.exit = ExitCode::try_again;
    failure.advice = "Too many clients are connecting at once: try again in a moment.";
  }
  return failure;
}

}  // namespace

std::unexpected<Failure> usage_failure(std::string what, std::string advice) {
  return std::unexpected(Failure{
      .exit = ExitCode::usage, .what = std::move(what), .money = {}, .advice = std::move(advice)});
}

ExitCode exit_code_of(std::string_view error_name) {
  return named_error(error_name).exit;
}

Failure explain(const client::RpcError& error, const std::string& socket_path, bool changes) {
  const NamedError known = named_error(error.name);
  const bool open = error.name == "outcome_unknown";
  Failure failure{
      .exit = known.exit,
      .what = error.name.empty() ? error.message : fmt::format("{}: {}", error.name, error.message),
      .money = std::string(changes || open ? known.money : kOnlyAsked),
      .advice = std::string(known.advice)};
  if (known.exit == ExitCode::no_permission) {
    failure.advice = join_the_group(socket_path) +
                     " Where the daemon has rules, its operator must allow it in them.";
  }
  return failure;
}

Failure explain(const TransportError& error, const std::string& socket_path, bool changes) {
  if (error.kind == TransportError::Kind::connect) {
    return explain_connect(error.error_number, socket_path);
  }
  Failure failure{.exit = ExitCode::try_again,
                  .what = {},
                  .money = std::string(changes ? kOpen : kOnlyAsked),
                  .advice = std::string(changes ? kAskByKey : "Try again.")};
  switch (error.kind) {
    case TransportError::Kind::nonsense:
      failure.exit = ExitCode::internal;
      failure.what = fmt::format("what answers at {} doesn't speak Giro's protocol: {}",
                                 socket_path, error.detail);
      break;
    case TransportError::Kind::timed_out:
      failure.what = fmt::format("the daemon at {} didn't answer in time", socket_path);
      break;
    default:
      failure.what = fmt::format("the connection to {} was lost: {}", socket_path,
                                 error.error_number == 0
                                     ? "the daemon closed it"
                                     : std::generic_category().message(error.error_number));
  }
  return failure;
}

std::string render(const Failure& failure, bool as_json) {
  if (as_json) {
    const boost::json::object error{{"exit", static_cast<int>(failure.exit)},
                                    {"what", failure.what},
                                    {"money", failure.money},
                                    {"advice", failure.advice}};
    return boost::json::serialize(boost::json::object{{"error", error}}) + "\n";
  }
  std::string lines = fmt::format("giro: {}\n", failure.what);
  for (const std::string* line : {&failure.money, &failure.advice}) {
    if (!line->empty()) lines += fmt::format("      {}\n", *line);
  }
  return lines;
}

}  // namespace giro::cli
