#include "cli/explain/outflow.hpp"

#include <algorithm>
#include <string>

#include "cli/output/fields.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPieces = 1'000;  // Of a window.

// When what was paid at this moment is out of the window.
std::int64_t end_of(std::int64_t at_ns, std::int64_t window_ns) {
  const std::int64_t width = window_ns / kPieces;
  return at_ns - at_ns % width + width + window_ns;
}

bool within(const Used& used, const Used& left) {
  return used.amount <= left.amount && used.count <= left.count;
}

}  // namespace

Flows flows_of(const json::array& lines, std::int64_t held_before) {
  Flows flows;
  for (const json::value& element : lines) {
    if (!element.is_object()) continue;
    const json::object& line = element.get_object();
    const std::int64_t seq = number_field(line, "seq").value_or(0);
    const std::int64_t held = number_field(line, "held_out").value_or(0);
    const Int128 paid = std::max<Int128>(0, -Int128{number_field(line, "amount").value_or(0)});
    const Int128 out = paid + held - held_before;
    held_before = held;
    if (out < 0) flows.let_go.push_back({.by = seq, .hold = 0, .amount = -out});
    if (out <= 0) continue;
    // Several legs of a payment are one for the count.
    if (!flows.paid.empty() && flows.paid.back().seq == seq) {
      flows.paid.back().amount += out;
      continue;
    }
    const auto at = parse_rfc3339(text_field(line, "at"));
    flows.paid.push_back({.seq = seq, .at_ns = at ? at->ns : 0, .amount = out, .count = 1});
  }
  return flows;
}

void take_off(Flows& flows) {
  for (const LetGo& let_go : flows.let_go) {
    const auto made = std::ranges::find(flows.paid, let_go.hold, &PaidOut::seq);
    if (made == flows.paid.end()) continue;
    made->amount -= let_go.amount;
    if (made->amount == 0) made->count = 0;
  }
}

Used used_at(const std::vector<PaidOut>& paid, std::int64_t window_ns, std::int64_t at_ns) {
  Used used;
  for (const PaidOut& one : paid) {
    if (end_of(one.at_ns, window_ns) <= at_ns) continue;
    used.amount += one.amount;
    used.count += one.count;
  }
  return used;
}

std::optional<std::int64_t> room_at(const std::vector<PaidOut>& paid, std::int64_t window_ns,
                                    std::int64_t at_ns, const Used& left) {
  if (left.amount < 0 || left.count < 0 || within(used_at(paid, window_ns, at_ns), left)) {
    return std::nullopt;
  }
  for (const PaidOut& one : paid) {
    const std::int64_t end = end_of(one.at_ns, window_ns);
    if (end > at_ns && within(used_at(paid, window_ns, end), left)) return end;
  }
  return std::nullopt;
}

}  // namespace giro::cli
