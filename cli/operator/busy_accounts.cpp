#include "cli/operator/busy_accounts.hpp"

#include <algorithm>
#include <map>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kCounters = 500;
constexpr std::uint64_t kEventsATick = 20'000;
constexpr std::chrono::milliseconds kSubscribePatience{500};

}  // namespace

void BusyAccounts::begin_tick() {
  ticks_.push_back({SpaceSaving(kCounters)});
  if (ticks_.size() > kTicksShown) ticks_.pop_front();
  if (!connection_) subscribe();
}

void BusyAccounts::subscribe() {
  const auto deadline = client::Clock::now() + kSubscribePatience;
  auto opened = client::Connection::open(socket_path_, deadline);
  if (!opened) return;  // Whoever asks for figures meets the same, and says so.
  const auto subscribed = opened->call("events.subscribe", "{}", deadline);
  if (subscribed) {
    trouble_.clear();
    connection_.emplace(std::move(*opened));
  } else if (const auto* refusal = std::get_if<client::RpcError>(&subscribed.error())) {
    trouble_ = refusal->name;
  }
}

void BusyAccounts::take_events() {
  while (connection_ && !ticks_.empty()) {
    const auto event = connection_->next_notification(client::Clock::now());
    if (!event) {
      if (event.error().kind != client::TransportError::Kind::timed_out) connection_.reset();
      return;
    }
    if (event->method == "event" && event->params.is_object()) count(event->params.get_object());
    if (ticks_.back().events >= kEventsATick) connection_.reset();
  }
}

void BusyAccounts::count(const json::object& entry) {
  Tick& tick = ticks_.back();
  ++tick.events;
  for (const std::string& account : accounts_of_entry(entry)) tick.accounts.add(account);
}

std::vector<BusyAccounts::Busy> BusyAccounts::busiest(std::size_t count) const {
  std::map<std::string, std::uint64_t> sums;
  std::uint64_t events = 0;
  for (const Tick& tick : ticks_) {
    events += tick.events;
    // What a counter took over from another name isn't this one's.
    for (const auto& [name, counted, error] : tick.accounts.counts()) sums[name] += counted - error;
  }
  std::vector<Busy> found;
  found.reserve(sums.size());
  for (const auto& [account, sum] : sums) {
    found.push_back({account, static_cast<double>(sum) / static_cast<double>(events)});
  }
  const auto shown = std::min(count, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(shown),
                            std::ranges::greater{}, &Busy::share);
  found.resize(shown);
  return found;
}

std::vector<std::string> accounts_of_entry(const json::object& entry) {
  std::vector<std::string> accounts;
  const auto add = [&accounts](const json::object& from, std::string_view field) {
    std::string account = text_field(from, field);
    if (account.empty() || std::ranges::find(accounts, account) != accounts.end()) return;
    accounts.push_back(std::move(account));
  };
  add(entry, "from");
  add(entry, "to");
  add(entry, "id");
  add(object_field(entry, "account"), "id");
  for (const json::value& leg : array_field(entry, "legs")) {
    if (!leg.is_object()) continue;
    add(leg.get_object(), "from");
    add(leg.get_object(), "to");
  }
  return accounts;
}

}  // namespace giro::cli
