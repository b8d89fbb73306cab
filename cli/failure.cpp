#include "cli/failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro::cli {
namespace {

using client::TransportError;

constexpr std::string_view kNothingSent = "Nothing was sent and no money moved.";
// Each says what is true of this request: one before it with the same key may have been decided.
constexpr std::string_view kNothingDecided = "This request decided nothing and moved no money.";
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
    {"busy", ExitCode::try_again, kNothingDecided,
     "Try again in a moment, with the same key. `giro get KEY` tells whether an earlier try was "
     "decided."},
    {"read_only", ExitCode::try_again, kNothingDecided,
     "The daemon can't write its ledger now (its log says why): try again with the same key when "
     "it can. `giro get KEY` tells whether an earlier try was decided."},
    {"shutting_down", ExitCode::try_again, kNothingDecided,
     "Try again after the daemon's restart, with the same key. `giro get KEY` tells then whether "
     "an earlier try was decided."},
    {"outcome_unknown", ExitCode::try_again, kOpen, kAskByKey},
    {"key_conflict", ExitCode::rejected,
     "The key's earlier outcome stands; this request decided nothing and moved no money.",
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

// Where a daemon's message goes on to the money.
constexpr std::array<std::string_view, 6> kMoneyWords{
    "; nothing", "; this request", ", so nothing", "; no money", "; that outcome", "; ask by key"};

constexpr std::array<ExitCodeMeaning, 9> kExitCodes{{
    {ExitCode::ok, "ok", "It is done: applied, answered, found whole."},
    {ExitCode::rejected, "rejected",
     "It was decided against, for good under its key; a question is about something that isn't "
     "there; verify, checkpoint, backup, restore, submit or ready found something."},
    {ExitCode::usage, "usage",
     "The command line, a file or a value is wrong: as it is, it never works. Nothing was sent, or "
     "what was sent decided nothing."},
    {ExitCode::no_daemon, "no_daemon", "No daemon is there. Nothing was sent."},
    {ExitCode::internal, "internal",
     "A defect of Giro; or what a question had to read in the ledger's file is damaged, or its "
     "disk fails: the message and the daemon's log say so."},
    {ExitCode::no_output, "no_output",
     "It is done, but stdout or a file couldn't take what came of it. Outcomes are on stderr. Of "
     "backup, restore and checkpoint: what was to be written couldn't be, and isn't there."},
    {ExitCode::try_again, "try_again",
     "The same again later, with the same key: the daemon is busy, stopping, can't write its "
     "ledger, or its answer didn't come in time or was lost (it may have taken effect then)."},
    {ExitCode::no_permission, "no_permission",
     "This user may not use the socket, or not for this."},
    {ExitCode::interrupted, "interrupted",
     "Ctrl-C. What was sent by then, and what of it isn't known, is on stderr."},
}};

NamedError named_error(std::string_view name) {
  for (const NamedError& known : kNamedErrors) {
    if (known.name == name) return known;
  }
  if (name.starts_with("invalid_")) {
    return {name, ExitCode::usage, kNothingDecided, "Mend the request."};
  }
  return {name, ExitCode::internal, kNothingDecided,
          "The daemon's log says why. If it names the ledger's file or its disk, its operator must "
          "see to that (`giro verify`); else this is a defect of Giro: please report it with the "
          "log."};
}

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? std::to_string(geteuid()) : user->pw_name;
}

// The group that may use the socket; of its folder where the socket itself can't be seen.
std::optional<gid_t> group_of(const std::string& socket_path) {
  struct stat status{};
  const std::string folder = socket_path.substr(0, socket_path.rfind('/'));
  if (stat(socket_path.c_str(), &status) == 0 || stat(folder.c_str(), &status) == 0) {
    return status.st_gid;
  }
  if (const group* giro = getgrnam("giro"); giro != nullptr) return giro->gr_gid;
  return std::nullopt;
}

std::string name_of(std::optional<gid_t> id) {
  if (!id) return "giro";
  const group* known = getgrgid(*id);
  return known == nullptr ? std::to_string(*id) : known->gr_name;
}

enum class Membership { none, from_next_login, now };

Membership membership_in(std::optional<gid_t> id) {
  if (!id) return Membership::none;
  if (getegid() == *id) return Membership::now;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  if (getgroups(static_cast<int>(groups.size()), groups.data()) < 0) groups.clear();
  if (std::ranges::find(groups, *id) != groups.end()) return Membership::now;
  const passwd* user = getpwuid(geteuid());
  const group* members = user == nullptr ? nullptr : getgrgid(*id);
  if (members == nullptr) return Membership::none;
  for (char** member = members->gr_mem; *member != nullptr; ++member) {
    if (std::string_view(*member) == user->pw_name) return Membership::from_next_login;
  }
  return Membership::none;
}

// How this user comes to the rights of the socket's group; `member`: what a member is told.
std::string join_the_group(const std::string& socket_path, std::string_view member) {
  const std::optional<gid_t> id = group_of(socket_path);
  const std::string group = name_of(id);
  // Nobody should become a member of that one for a ledger's sake.
  if (group == "root") {
    return "The socket belongs to root alone: use sudo, or give it a group in the daemon's "
           "configuration.";
  }
  switch (membership_in(id)) {
    case Membership::now:
      return std::string(member);
    case Membership::from_next_login:
      return fmt::format("You are a member of the group {}, but not in this session: log in again.",
                         group);
    default:
      return fmt::format(
          "The socket belongs to the group {0}. Join it with `sudo usermod -aG {0} {1}`, then log "
          "in again.",
          group, user_name());
  }
}

Failure explain_connect(int error_number, const std::string& socket_path) {
  const std::string why = std::generic_category().message(error_number);
  Failure failure{.exit = ExitCode::no_daemon,
                  .what = fmt::format("no daemon answers at {}: {}", socket_path, why),
                  .money = std::string(kNothingSent),
                  .advice = fmt::format("Start it with `systemctl start girod`, or with `girod "
                                        "--data DIR --socket {}`; another socket is named with "
                                        "--socket or GIRO_SOCKET.",
                                        socket_path)};
  if (error_number == EACCES || error_number == EPERM) {
    failure.exit = ExitCode::no_permission;
    failure.what = fmt::format("you may not use the socket {}: {}", socket_path, why);
    failure.advice = join_the_group(
        socket_path, fmt::format("You are in the socket's group, so its mode or a folder on the "
                                 "way to it keeps you out: `namei -l {}` shows them.",
                                 socket_path));
  } else if (error_number == EAGAIN) {
    failure.exit = ExitCode::try_again;
    failure.advice = "Too many clients are connecting at once: try again in a moment.";
  }
  return failure;
}

Failure explain_untrusted(const std::string& user, const std::string& socket_path) {
  return {
      .exit = ExitCode::no_permission,
      .what = fmt::format("the socket {} is served by the user {}, and lies where everybody may "
                          "put one",
                          socket_path, user),
      .money = std::string(kNothingSent),
      .advice =
          "If it is the daemon you mean, have its socket in a folder that only its user "
          "may write to, and name that one.",
      .code = "untrusted"};
}

}  // namespace

std::span<const ExitCodeMeaning> exit_codes() {
  return kExitCodes;
}

bool may_be_run_again(const Failure& failure) {
  const bool cause_passes =
      failure.exit == ExitCode::try_again || failure.exit == ExitCode::no_daemon;
  return cause_passes && (!failure.open || failure.new_key.empty());
}

Failure left_open(Failure failure) {
  if (failure.exit != ExitCode::interrupted) failure.exit = ExitCode::try_again;
  failure.money = kOpen;
  failure.advice = kAskByKey;
  failure.open = true;
  return failure;
}

std::unexpected<Failure> usage_failure(std::string what, std::string advice) {
  return std::unexpected(Failure{.exit = ExitCode::usage,
                                 .what = std::move(what),
                                 .money = std::string(kNothingSent),
                                 .advice = std::move(advice)});
}

std::string what_happened(std::string_view message) {
  std::size_t end = message.size();
  for (const std::string_view words : kMoneyWords) end = std::min(end, message.find(words));
  return std::string(message.substr(0, end));
}

ExitCode exit_code_of(std::string_view error_name) {
  return named_error(error_name).exit;
}

Failure explain(const client::RpcError& error, const std::string& socket_path, bool changes) {
  NamedError known = named_error(error.name);
  if (!changes) known.money = kOnlyAsked;
  if (!changes && known.exit == ExitCode::try_again) known.advice = "Ask again in a moment.";
  Failure failure{.exit = known.exit,
                  .what = error.name.empty()
                              ? what_happened(error.message)
                              : fmt::format("{}: {}", error.name, what_happened(error.message)),
                  .money = std::string(known.money),
                  .advice = std::string(known.advice),
                  .code = error.name,
                  .field = error.field,
                  .open = changes && known.money == kOpen};
  if (known.exit == ExitCode::no_permission) {
    failure.advice = join_the_group(
        socket_path,
        "You are in the socket's group, which isn't enough for this: it is for root, for the "
        "daemon's own user, and for whom its operator allows it in the daemon's rules.");
  }
  return failure;
}

Failure explain(const TransportError& error, const std::string& socket_path, bool changes) {
  if (error.kind == TransportError::Kind::connect) {
    return explain_connect(error.error_number, socket_path);
  }
  if (error.kind == TransportError::Kind::untrusted) {
    return explain_untrusted(error.detail, socket_path);
  }
  Failure failure{.exit = ExitCode::try_again,
                  .what = {},
                  .money = std::string(changes ? kOpen : kOnlyAsked),
                  .advice = std::string(changes ? kAskByKey : "Try again."),
                  .open = changes};
  switch (error.kind) {
    case TransportError::Kind::nonsense:
      failure.exit = ExitCode::internal;
      failure.code = "not_giro";
      failure.what = fmt::format("what answers at {} doesn't speak Giro's protocol: {}",
                                 socket_path, error.detail);
      break;
    case TransportError::Kind::timed_out:
      failure.code = "timed_out";
      failure.what = fmt::format("the daemon at {} didn't answer in time", socket_path);
      break;
    case TransportError::Kind::interrupted:
      failure.exit = ExitCode::interrupted;
      failure.what = "interrupted before the daemon's answer came";
      break;
    default:
      failure.code = "connection_lost";
      failure.what = fmt::format("the connection to {} was lost: {}", socket_path,
                                 error.error_number == 0
                                     ? "the daemon closed it"
                                     : std::generic_category().message(error.error_number));
  }
  return failure;
}

namespace {

std::string_view code_of(const Failure& failure) {
  if (!failure.code.empty()) return failure.code;
  const auto* known = std::ranges::find(kExitCodes, failure.exit, &ExitCodeMeaning::exit);
  return known == kExitCodes.end() ? "internal" : known->name;
}

boost::json::string json_text(std::string_view text) {
  return boost::json::string(text.data(), text.size());
}

std::string render_json(const Failure& failure) {
  std::string message = failure.what + ".";
  for (const std::string* words : {&failure.money, &failure.advice}) {
    if (!words->empty()) message += " " + *words;
  }
  boost::json::object error{{"code", json_text(code_of(failure))}};
  if (!failure.field.empty()) error["field"] = failure.field;
  if (!failure.new_key.empty()) error["key"] = failure.new_key;
  error["retry"] = may_be_run_again(failure);
  error["message"] = message;
  error["exit"] = static_cast<int>(failure.exit);
  error["what"] = failure.what;
  error["money"] = failure.money;
  error["advice"] = failure.advice;
  return boost::json::serialize(boost::json::object{{"error", error}}) + "\n";
}

}  // namespace

std::string render(const Failure& failure, bool as_json) {
  if (as_json) return render_json(failure);
  std::string lines = fmt::format("giro: {}\n", failure.what);
  for (const std::string* line : {&failure.money, &failure.advice}) {
    if (!line->empty()) lines += fmt::format("      {}\n", *line);
  }
  return lines;
}

}  // namespace giro::cli
