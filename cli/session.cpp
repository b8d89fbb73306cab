#include "cli/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/interrupts.hpp"
#include "cli/operator/contexts.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/json_text.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {

namespace json = boost::json;

namespace {

Format format_of(const Globals& globals) {
  constexpr std::array<std::pair<std::string_view, Format>, 4> kNames{{{"table", Format::table},
                                                                       {"json", Format::json},
                                                                       {"ndjson", Format::ndjson},
                                                                       {"csv", Format::csv}}};
  for (const auto& [name, format] : kNames) {
    if (globals.output == name) return format;
  }
  return globals.json ? Format::answers : Format::table;
}

Look look_of(const Globals& globals) {
  const bool colours = !globals.no_color && globals.color != "never" &&
                       (globals.color == "always" || terminal_has_colours());
  return {colours, terminal_width(), globals.expanded};
}

// Audits and sums over all accounts wait for each other, for as long as an audit takes.
Patience default_patience(std::string_view method) {
  return method == "ledger.verify" || method == "ledger.totals" || method == "ledger.trial_balance"
             ? kEndless
             : kDefaultPatience;
}

}  // namespace

Session::Session(Globals globals)
    : globals_(std::move(globals)), format_(format_of(globals_)), look_(look_of(globals_)) {
  if (auto chosen = choose_sockets(globals_, socket_environment())) {
    nodes_ = Nodes(std::move(chosen->paths));
    why_this_socket_ = std::move(chosen->why);
  } else {
    no_socket_ = std::move(chosen.error());
  }
}

void Session::page_long_answers() const {
  if (format_ == Format::table && !globals_.no_pager) page_what_is_long();
}

Patience Session::patience(Patience otherwise) const {
  return parse_patience(globals_.timeout).value_or(otherwise);
}

// A daemon that isn't asked yet has all of the time to come, and then all of it to answer.
Result<client::Connection*> Session::connection() {
  Round coming = round();
  return connection(coming);
}

Result<client::Connection*> Session::connection(Round& round) {
  while (!connection_) {
    if (auto named = socket_is_named(); !named) return std::unexpected(named.error());
    auto opened = client::Connection::open(socket_path(), round.ends());
    if (opened) {
      connection_.emplace(std::move(*opened));
      ++connections_;
      break;
    }
    const auto pause = round.next(trouble_of(opened.error(), explain(opened.error(), false)));
    if (!pause) return std::unexpected(round.told());
    if (!Interrupts::pause(*pause)) {
      return std::unexpected(round.ended_by(Interrupts::failure()));
    }
  }
  return &*connection_;
}

void Session::drop_connection() {
  connection_.reset();
  ++connections_;
}

Result<void> Session::find_daemon(Patience patience) {
  if (!nodes_.are_several()) return {};
  Round asked(nodes_, patience, globals_.wait);
  const auto info = ask({.method = "server.info", .params = "{}"}, asked);
  drop_connection();
  // Whom its rules tell nothing is answered all the same.
  if (info || info.error().code == "unauthorized") return {};
  nodes_.begin_anew();
  return std::unexpected(info.error());
}

Result<void> Session::socket_is_named() const {
  if (no_socket_) return std::unexpected(*no_socket_);
  if (!socket_path().empty()) return {};
  return usage_failure(
      "this user has neither a home nor XDG_RUNTIME_DIR, so there is no default for the socket",
      "Name the socket with --socket or GIRO_SOCKET.");
}

Result<json::object> Session::call(std::string_view method, const json::object& params) {
  auto answer = call_with_text(method, request_text(params));
  if (!answer) return std::unexpected(std::move(answer).error());
  if (!answer->is_object()) {
    const client::TransportError nonsense{client::TransportError::Kind::nonsense, 0,
                                          json::serialize(*answer)};
    return std::unexpected(explain(nonsense, changes_ledger(method)));
  }
  return std::move(answer->get_object());
}

Result<json::value> Session::call_with_text(std::string_view method, std::string_view params) {
  if (!simdjson::validate_utf8(params.data(), params.size())) {
    return usage_failure("the request has bytes that aren't UTF-8 text", "Write it in UTF-8.");
  }
  const bool changes = changes_ledger(method);
  if (changes) Interrupts::take();
  // Of several nodes one that isn't there is a trouble of the request's own round.
  if (!nodes_.are_several()) {
    if (auto daemon = connection(); !daemon) return std::unexpected(std::move(daemon).error());
  }
  const Patience otherwise = default_patience(method);
  Round round(nodes_, patience(otherwise), globals_.wait);
  if (otherwise == kEndless) round.is_long();
  std::string knowing;
  if (nodes_.are_several()) params = knowing = nodes_.with_min_seq(method, params);
  return ask({.method = method, .params = params, .changes = changes}, round);
}

// The same bytes to one node after the other, until one answers.
Result<json::value> Session::ask(const Request& request, Round& round) {
  for (;;) {
    auto daemon = connection(round);
    if (!daemon) return std::unexpected(std::move(daemon).error());
    if (Interrupts::asked()) return std::unexpected(round.ended_by(Interrupts::failure()));
    auto answer = attempt(**daemon, request, round);
    if (answer) {
      nodes_.note(*answer);
      return std::move(*answer);
    }
    if (answer.error().failure.open && !is_repeatable(request.method, request.params)) {
      return std::unexpected(std::move(answer).error().failure);
    }
    const auto pause = round.next(std::move(answer).error());
    if (nodes_.are_several()) drop_connection();
    if (!pause) return std::unexpected(round.told());
    if (!Interrupts::pause(*pause)) {
      return std::unexpected(round.ended_by(Interrupts::failure()));
    }
  }
}

std::expected<json::value, NodeTrouble> Session::attempt(client::Connection& daemon,
                                                         const Request& request,
                                                         const Round& round) {
  daemon.wake_on(Interrupts::descriptor());
  const Patience share = round.share();
  auto answer = daemon.call(request.method, request.params, round.ends());
  if (!answer) {
    return std::unexpected(trouble_of_attempt(daemon, request, answer.error(), share));
  }
  if (!nodes_.is_behind(request.method, *answer)) return std::move(*answer);
  const client::RpcError behind{0, "busy",
                                "the node hasn't got as far as what was answered before"};
  return std::unexpected(trouble_of(behind, explain(behind, false)));
}

NodeTrouble Session::trouble_of_attempt(const client::Connection& daemon, const Request& request,
                                        const client::CallError& error, Patience share) {
  const auto& [method, params, changes] = request;
  const auto* transport = std::get_if<client::TransportError>(&error);
  Failure failure = explain(error, changes);
  if (transport == nullptr) return trouble_of(error, std::move(failure));
  using Kind = client::TransportError::Kind;
  if (transport->kind == Kind::timed_out) {
    failure.what = fmt::format("no answer to {} from the daemon at {} within {}", method,
                               socket_path(), patience_text(share));
    if (!changes) failure.advice = "Ask again, or wait longer with --timeout.";
  }
  const bool cut_short = transport->kind == Kind::timed_out || transport->kind == Kind::interrupted;
  if (changes && cut_short && !daemon.wrote_everything()) {
    // Nobody decides on half a request, and it will never have the other half.
    failure.open = false;
    failure.money = "Only a part of the request was sent: it decided nothing and moved no money.";
    failure.advice = "Send it again with the same key.";
  } else if (changes && cut_short) {
    failure.money = fmt::format(
        "The request ({}) was sent, and its outcome isn't known: it may or may not take effect.",
        method);
  }
  // Its answer, should it still come, isn't the next request's.
  if (cut_short) drop_connection();
  return trouble_of(error, std::move(failure));
}

Result<int> Session::scale_of(std::string_view currency) {
  if (const auto iso = iso_scale(currency)) return *iso;
  if (auto learned = learn_currencies(); !learned) return std::unexpected(learned.error());
  const auto declared = declared_scales_->find(currency);
  if (declared == declared_scales_->end()) {
    return usage_failure(
        fmt::format("currency {} is known neither to ISO 4217 nor to this ledger", currency),
        "The first account of a currency declares it: `giro account open ID --currency CODE "
        "--scale N`.");
  }
  return declared->second;
}

Result<void> Session::learn_currencies() {
  if (declared_scales_) return {};
  auto status = call("ledger.status", {});
  if (!status) return std::unexpected(std::move(status).error());
  declared_scales_.emplace();
  for (const json::value& known : array_field(*status, "currencies")) {
    if (!known.is_object()) continue;
    const json::object& currency = known.get_object();
    declared_scales_->emplace(text_field(currency, "currency"), scale_field(currency));
  }
  return {};
}

Result<Amount> Session::parse_amount(std::string_view decimal, std::string_view currency) {
  const auto scale = scale_of(currency);
  if (!scale) return std::unexpected(scale.error());
  const auto amount = parse_decimal(decimal, *scale);
  if (amount) return *amount;
  switch (amount.error()) {
    case DecimalError::malformed:
      return usage_failure(fmt::format("amount `{}` isn't a decimal such as {}", decimal,
                                       format_decimal(1250, *scale)));
    case DecimalError::too_precise:
      return usage_failure(fmt::format("amount `{}` has more than the {} decimals of {}", decimal,
                                       *scale, currency));
    default:
      return usage_failure(fmt::format("amount `{}` is larger than the ledger can keep", decimal));
  }
}

Failure Session::explain(const client::CallError& error, bool changes) const {
  return std::visit([&](const auto& cause) { return cli::explain(cause, socket_path(), changes); },
                    error);
}

bool changes_ledger(std::string_view method) {
  constexpr std::array<std::string_view, 5> kQuestions{
      "accounts.get", "accounts.list", "accounts.statement", "payments.get", "payments.list"};
  for (const std::string_view question : kQuestions) {
    if (method == question) return false;
  }
  return method.starts_with("accounts.") || method.starts_with("payments.") ||
         method.ends_with("_books");
}

bool is_repeatable(std::string_view method, std::string_view params) {
  // An account's id is its key; what has many members has a key in each.
  constexpr std::array<std::string_view, 3> kKeyedOtherwise{"accounts.open", "payments.submit_many",
                                                            "payments.submit_group"};
  if (!changes_ledger(method) ||
      std::ranges::find(kKeyedOtherwise, method) != kKeyedOtherwise.end()) {
    return true;
  }
  json::parse_options options;
  options.max_depth = kNestingLookedInto;
  boost::system::error_code error;
  const auto fields = read_json(params, options, error);
  return fields && fields->is_object() && fields->get_object().contains("key");
}

}  // namespace giro::cli
