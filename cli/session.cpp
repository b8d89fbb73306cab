#include "cli/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/interrupts.hpp"
#include "cli/operator/contexts.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kWaitInterval{50};

struct PatienceUnit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array<PatienceUnit, 6> kUnits{
    {{"", 1'000}, {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

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

// Nobody is there, or not yet: not a matter of rights or of names.
bool may_come(const client::TransportError& error) {
  return error.kind == client::TransportError::Kind::connect &&
         (error.error_number == ENOENT || error.error_number == ECONNREFUSED ||
          error.error_number == EAGAIN);
}

// Audits and sums over all accounts wait for each other, for as long as an audit takes.
Patience default_patience(std::string_view method) {
  return method == "ledger.verify" || method == "ledger.totals" || method == "ledger.trial_balance"
             ? kEndless
             : kDefaultPatience;
}

}  // namespace

std::optional<Patience> parse_patience(std::string_view text) {
  if (text == "none") return kEndless;
  double number = 0;
  const auto end =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (end.ec != std::errc() || !(number >= 0)) return std::nullopt;  // Nor "nan".
  const std::string_view unit = text.substr(static_cast<std::size_t>(end.ptr - text.data()));
  const auto* known = std::ranges::find(kUnits, unit, &PatienceUnit::name);
  constexpr double kLongest = 366.0 * 86'400'000;
  if (known == kUnits.end() || number * known->milliseconds > kLongest) return std::nullopt;
  return Patience(static_cast<Patience::rep>(number * known->milliseconds));
}

std::string patience_text(Patience patience) {
  const std::chrono::duration<double> seconds = patience;
  return fmt::format("{:g} s", seconds.count());
}

client::Clock::time_point deadline_after(Patience patience) {
  return patience == kEndless ? client::kNoDeadline : client::Clock::now() + patience;
}

Session::Session(Globals globals)
    : globals_(std::move(globals)), format_(format_of(globals_)), look_(look_of(globals_)) {
  if (auto chosen = choose_socket(globals_, socket_environment())) {
    socket_ = std::move(*chosen);
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

Result<client::Connection*> Session::connection() {
  if (!connection_) {
    if (auto named = socket_is_named(); !named) return std::unexpected(named.error());
    auto opened = open_connection();
    if (!opened) return std::unexpected(std::move(opened).error());
    connection_.emplace(std::move(*opened));
  }
  return &*connection_;
}

Result<client::Connection> Session::open_connection() const {
  const auto deadline = deadline_after(patience());
  for (;;) {
    auto opened = client::Connection::open(socket_path(), deadline);
    if (opened) return std::move(*opened);
    const bool over = client::Clock::now() + kWaitInterval >= deadline;
    if (!globals_.wait || over || !may_come(opened.error())) {
      Failure failure = explain(opened.error(), false);
      if (globals_.wait && over) {
        failure.what += fmt::format(" (waited {})", patience_text(patience()));
      }
      return std::unexpected(std::move(failure));
    }
    std::this_thread::sleep_for(kWaitInterval);
    if (Interrupts::asked()) return std::unexpected(Interrupts::failure());
  }
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
  auto daemon = connection();
  if (!daemon) return std::unexpected(std::move(daemon).error());
  if (Interrupts::asked()) return std::unexpected(Interrupts::failure());
  (*daemon)->wake_on(Interrupts::descriptor());
  const Patience patience = this->patience(default_patience(method));
  auto answer = (*daemon)->call(method, params, deadline_after(patience));
  if (answer) return std::move(*answer);
  const auto* transport = std::get_if<client::TransportError>(&answer.error());
  Failure failure = explain(answer.error(), changes);
  if (transport == nullptr) return std::unexpected(std::move(failure));
  using Kind = client::TransportError::Kind;
  if (transport->kind == Kind::timed_out) {
    failure.what = fmt::format("no answer to {} from the daemon at {} within {}", method,
                               socket_path(), patience_text(patience));
    if (!changes) failure.advice = "Ask again, or wait longer with --timeout.";
  }
  const bool cut_short = transport->kind == Kind::timed_out || transport->kind == Kind::interrupted;
  if (changes && cut_short && !(*daemon)->wrote_everything()) {
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
  return std::unexpected(std::move(failure));
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

}  // namespace giro::cli
