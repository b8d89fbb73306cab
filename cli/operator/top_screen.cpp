// giro top: its figures as lines of a screen.
#include <cmath>

#include <fmt/format.h>

#include "cli/operator/check.hpp"
#include "cli/operator/top_figures.hpp"

namespace giro::cli {
namespace {

constexpr std::size_t kUsersShown = 4;
constexpr std::size_t kCodesShown = 4;
constexpr std::size_t kTypesShown = 6;

// "12,345"; below 10 with a decimal, as 0.3 a second isn't none.
std::string shown_number(double number) {
  if (number < 10 && std::round(number) != number) return fmt::format("{:.1f}", number);
  std::string digits = fmt::format("{:.0f}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string shown_uptime(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  const std::int64_t days = whole / 86'400;
  const std::int64_t hours = whole / 3'600 % 24;
  const std::int64_t minutes = whole / 60 % 60;
  if (days > 0) return fmt::format("{} d {} h", days, hours);
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes);
  if (minutes > 0) return fmt::format("{} min", minutes);
  return fmt::format("{} s", whole);
}

class Lines {
 public:
  explicit Lines(const TopFigures& figures) : figures_(figures) {}

  std::vector<ScreenLine> all(const std::string& socket, const std::string& obstacle) {
    add(fmt::format("giro top  {}  up {}  seq {}", socket, shown_uptime(now("uptime_seconds")),
                    shown_number(now("last_seq"))),
        Style::strong);
    add_troubles(obstacle);
    add("");
    add_rates();
    add_latencies();
    add_standing();
    add_types();
    add_accounts();
    return std::move(lines_);
  }

 private:
  void add(std::string text, Style style = Style::plain) {
    lines_.push_back({std::move(text), style});
  }
  void add(std::string_view what, const std::string& text) {
    add(fmt::format("{:<10}{}", what, text));
  }

  [[nodiscard]] double now(const char* name) const {
    return figures_.now.value(std::string("giro_") + name).value_or(0);
  }
  [[nodiscard]] bool is_off(const char* name) const {
    return figures_.now.value(std::string("giro_") + name) == 0.0;
  }

  void add_troubles(const std::string& obstacle) {
    if (is_off("deciding")) {
      add("NOTHING IS DECIDED: " + (obstacle.empty() ? "see `giro status`" : obstacle), Style::bad);
    }
    if (is_off("checkpoint_ok")) add("The write-ahead log can't be emptied", Style::bad);
    if (now("checkpoint_waits_for_reader") > 0) {
      add("A reader keeps the write-ahead log from being emptied", Style::bad);
    }
    if (is_off("keys_ok")) add("The upkeep of the key index is held up", Style::bad);
    if (is_off("clock_agrees")) {
      add(fmt::format("The system's clock is {} s from the ledger's time",
                      shown_number(std::abs(now("clock_ahead_seconds")))),
          Style::bad);
    }
  }

  void add_rates() {
    double rejected = 0;
    for (const auto& type : figures_.types) rejected += type.rejected;
    double refused = 0;
    for (const auto& refusal : figures_.refusals) refused += refusal.rate;
    const double decisions = figures_.decisions();
    add("decided", fmt::format("{}/s, {}/s of them rejected; {}/s replayed, {}/s refused",
                               shown_number(decisions), shown_number(rejected),
                               shown_number(figures_.replays), shown_number(refused)));
    add("commits", fmt::format("{}/s, {} decisions each", shown_number(figures_.commits),
                               figures_.commits > 0 ? shown_number(decisions / figures_.commits)
                                                    : std::string("-")));
    add_codes("rejected", figures_.rejections);
    add_codes("refused", figures_.refusals);
  }

  void add_codes(std::string_view what, const std::vector<TopFigures::CodeRate>& codes) {
    std::string text;
    for (std::size_t i = 0; i < std::min(codes.size(), kCodesShown); ++i) {
      text += fmt::format("{}{} {}/s", text.empty() ? "" : ", ", codes[i].code,
                          shown_number(codes[i].rate));
    }
    if (!text.empty()) add(what, text);
  }

  static std::string quantiles(const Histogram& histogram) {
    const auto half = histogram.quantile(0.5);
    const auto most = histogram.quantile(0.99);
    if (!half || !most) return "-";
    return fmt::format("p50 {}, p99 {}", shown_seconds(*half), shown_seconds(*most));
  }

  void add_latencies() {
    add("latency", fmt::format("{}; of it writing and sync: {}", quantiles(figures_.group_seconds),
                               quantiles(figures_.commit_seconds)));
  }

  void add_standing() {
    add("queue", fmt::format("{} of {} items, {} of {}", shown_number(now("queue_items")),
                             shown_number(now("queue_items_max")), shown_bytes(now("queue_bytes")),
                             shown_bytes(now("queue_bytes_max"))));
    std::string users;
    double connections = 0;
    for (std::size_t i = 0; i < figures_.users.size(); ++i) {
      const auto& [uid, count] = figures_.users[i];
      connections += count;
      if (i >= kUsersShown) continue;
      users += fmt::format("{}uid {}: {}", users.empty() ? " (" : ", ", uid, shown_number(count));
    }
    if (figures_.users.size() > kUsersShown) users += ", ...";
    if (!users.empty()) users += ")";
    add("clients", fmt::format("{} connections{}, {} follow events", shown_number(connections),
                               users, shown_number(now("subscribers"))));
    add("ledger",
        fmt::format("{} accounts, {} holds and {} schedules open", shown_number(now("accounts")),
                    shown_number(now("holds_open")), shown_number(now("schedules_open"))));
    add("disk",
        fmt::format("ledger {}, write-ahead log {}, {} free", shown_bytes(now("ledger_bytes")),
                    shown_bytes(now("wal_bytes")), shown_bytes(now("disk_free_bytes"))));
  }

  void add_types() {
    if (figures_.types.empty()) return;
    add("");
    add(fmt::format("{:<24}{:>12}{:>12}", "TYPE", "APPLIED/S", "REJECTED/S"), Style::faint);
    for (std::size_t i = 0; i < std::min(figures_.types.size(), kTypesShown); ++i) {
      const auto& [type, applied, rejected] = figures_.types[i];
      add(fmt::format("{:<24}{:>12}{:>12}", type, shown_number(applied), shown_number(rejected)));
    }
  }

  void add_accounts() {
    if (!figures_.accounts_trouble.empty()) {
      add("");
      return add("Which accounts are busy isn't shown: " + figures_.accounts_trouble, Style::faint);
    }
    if (figures_.accounts.empty()) return;
    add("");
    add(fmt::format("{:<40}{:>12}", "BUSIEST ACCOUNTS", "DECISIONS/S"), Style::faint);
    for (const auto& [account, rate] : figures_.accounts) {
      add(fmt::format("{:<40}{:>12}", account, shown_number(rate)));
    }
  }

  const TopFigures& figures_;
  std::vector<ScreenLine> lines_;
};

}  // namespace

std::vector<ScreenLine> as_lines(const TopFigures& figures, const std::string& socket,
                                 const std::string& obstacle) {
  return Lines(figures).all(socket, obstacle);
}

}  // namespace giro::cli
