#include "cli/nodes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/output/fields.hpp"

namespace giro::cli {

namespace json = boost::json;

namespace {

using client::Clock;

constexpr Patience kWaitInterval{50};
constexpr Patience kFirstPause{20};
constexpr Patience kLongestPause{1'000};

// Questions that may be asked of a node that knows so much at least.
constexpr auto kTakesMinSeq = std::to_array<std::string_view>(
    {"accounts.get", "accounts.list", "accounts.statement", "holds.list", "ledger.totals",
     "ledger.trial_balance", "payments.get", "payments.list", "schedules.list"});

std::uint64_t seq_in(const json::object& answer, std::string_view name) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, number_field(answer, name).value_or(0)));
}

// The highest one that it is about, or that a row of it is about.
std::uint64_t last_seq_in(const json::object& answer) {
  std::uint64_t last = 0;
  for (const char* name : {"seq", "last_seq", "as_of_seq", "head_seq"}) {
    last = std::max(last, seq_in(answer, name));
  }
  for (const auto& field : answer) {
    if (!field.value().is_array()) continue;
    for (const json::value& row : field.value().get_array()) {
      if (row.is_object()) last = std::max(last, seq_in(row.get_object(), "seq"));
    }
  }
  return last;
}

// Never the same for all who wait.
double chance() {
  static std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.5, 1.0)(random);
}

bool is_decision(const Failure& failure) {
  return failure.exit == ExitCode::rejected;
}

}  // namespace

// --- The sockets ---

std::vector<std::string> sockets_of(std::string_view text) {
  std::vector<std::string> sockets;
  for (std::size_t end = 0; (end = text.find(":/")) != std::string_view::npos;) {
    if (end > 0) sockets.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  sockets.emplace_back(text);
  return sockets;
}

std::string text_of_sockets(const std::vector<std::string>& sockets) {
  return fmt::format("{}", fmt::join(sockets, ":"));
}

Nodes::Nodes(std::vector<std::string> sockets) : sockets_(std::move(sockets)) {
  if (sockets_.empty()) sockets_.emplace_back();
}

void Nodes::note(const json::value& answer) {
  if (are_several() && answer.is_object()) note(last_seq_in(answer.get_object()));
}

void Nodes::note(std::uint64_t seq) {
  last_seq_ = std::max(last_seq_, seq);
}

std::string Nodes::with_min_seq(std::string_view method, std::string_view params) const {
  const bool takes_it = std::ranges::find(kTakesMinSeq, method) != kTakesMinSeq.end();
  const std::size_t begin = params.find_first_not_of(" \t");
  if (!are_several() || last_seq_ == 0 || !takes_it || begin == std::string_view::npos ||
      params[begin] != '{' || params.find("\"min_seq\"") != std::string_view::npos) {
    return std::string(params);
  }
  const std::string_view rest = params.substr(begin + 1);
  const std::size_t first = rest.find_first_not_of(" \t");
  const bool is_empty = first != std::string_view::npos && rest[first] == '}';
  return fmt::format(R"({{"min_seq":{}{}{})", last_seq_, is_empty ? "" : ",", rest);
}

bool Nodes::is_behind(std::string_view method, const json::value& answer) const {
  if (!are_several() || !answer.is_object()) return false;
  if (method == "ledger.status") return seq_in(answer.get_object(), "seq") < last_seq_;
  return method == "events.subscribe" && seq_in(answer.get_object(), "head_seq") < last_seq_;
}

// --- A way over them ---

NodeTrouble trouble_of(const client::CallError& error, Failure failure) {
  using Kind = client::TransportError::Kind;
  using Weight = NodeTrouble::Weight;
  const auto* transport = std::get_if<client::TransportError>(&error);
  if (transport == nullptr) {
    const bool may_pass = failure.exit == ExitCode::try_again;
    return {.failure = std::move(failure), .may_pass = may_pass};
  }
  const bool is_there = transport->kind != Kind::connect && transport->kind != Kind::untrusted;
  // Nobody is there, or not yet: not a matter of rights or of names.
  const bool may_come =
      transport->kind == Kind::connect &&
      (transport->error_number == ENOENT || transport->error_number == ECONNREFUSED ||
       transport->error_number == EAGAIN);
  const bool may_pass =
      may_come || transport->kind == Kind::lost || transport->kind == Kind::timed_out;
  return {.failure = std::move(failure),
          .weight = is_there ? Weight::sent : Weight::nobody_there,
          .may_pass = may_pass,
          .is_of_node = transport->kind != Kind::interrupted};
}

Round::Round(Nodes& nodes, Patience patience, bool waits)
    : nodes_(nodes), patience_(patience), deadline_(deadline_after(patience)), waits_(waits) {}

Clock::time_point Round::ends() const {
  if (!nodes_.are_several() || is_long_) return deadline_;
  const auto now = Clock::now();
  const auto left = static_cast<Clock::rep>(nodes_.count() - failed_ % nodes_.count());
  return now + std::min<Clock::duration>(client::kSilenceMax, (deadline_ - now) / left);
}

Patience Round::share() const {
  if (!nodes_.are_several() || is_long_) return patience_;
  return std::chrono::round<Patience>(ends() - Clock::now());
}

std::optional<Patience> Round::next(NodeTrouble trouble) {
  const bool nobody_there = trouble.weight == NodeTrouble::Weight::nobody_there;
  const bool may_be_tried =
      trouble.may_pass && (nobody_there ? waits_ || in_doubt_ : nodes_.are_several());
  in_doubt_ = in_doubt_ || (nodes_.are_several() && trouble.failure.open);
  is_final_ = !trouble.may_pass && !trouble.is_of_node;
  last_ = nodes_.here();
  if (!met_.contains(last_)) order_.push_back(last_);
  met_.insert_or_assign(last_, std::move(trouble));
  if (is_final_) return std::nullopt;
  nodes_.leave();
  ++failed_;
  hopeless_ = may_be_tried ? 0 : hopeless_ + 1;
  const Patience pause = failed_ % nodes_.count() == 0 ? pause_after_pass() : Patience::zero();
  const bool is_over = Clock::now() + pause >= deadline_;
  waited_ = nobody_there && waits_ && is_over;
  if (hopeless_ == nodes_.count() || is_over) return std::nullopt;
  return pause;
}

// Twice as long each time.
Patience Round::pause_after_pass() const {
  if (!nodes_.are_several()) return kWaitInterval;
  constexpr std::size_t kDoublings = 10;
  const auto passes = std::min(failed_ / nodes_.count() - 1, kDoublings);
  const Patience pause = std::min(kLongestPause, kFirstPause * (1 << passes));
  return std::chrono::duration_cast<Patience>(pause * chance());
}

Failure Round::ended_by(Failure failure) {
  (void)next({.failure = std::move(failure)});
  return told();
}

Failure Round::told() const {
  const Failure& last = met_.at(last_).failure;
  Failure failure = order_.size() == 1 || (is_final_ && (!in_doubt_ || is_decision(last)))
                        ? last
                        : told_of_several();
  if (in_doubt_ && !is_decision(last) && !failure.open) failure = left_open(std::move(failure));
  if (waited_) failure.what += fmt::format(" (waited {})", patience_text(patience_));
  return failure;
}

Failure Round::told_of_several() const {
  std::string what;
  const NodeTrouble* heaviest = nullptr;
  for (const std::string& socket : order_) {
    const NodeTrouble& met = met_.at(socket);
    if (heaviest == nullptr || met.weight > heaviest->weight) heaviest = &met;
    what += what.empty() ? "" : "; ";
    what += met.failure.what;
    if (!met.failure.what.contains(socket)) what += fmt::format(" (at {})", socket);
  }
  // What ended it, where something did.
  Failure failure = (is_final_ ? met_.at(last_) : *heaviest).failure;
  failure.what = fmt::format("none of {} nodes took it: {}", nodes_.count(), what);
  return failure;
}

}  // namespace giro::cli
