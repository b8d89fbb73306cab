#include "ledger/command/account_limits.hpp"

namespace giro {
namespace {

// A number that may not be there.
template <class Number>
void write_optional(const std::optional<Number>& number, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(number.has_value()));
  if (number) out.put(*number);
}
template <class Number>
std::optional<Number> read_optional(ByteReader& in) {
  const auto there = in.get<std::uint8_t>();
  if (there > 1) in.fail();
  if (there == 0) return std::nullopt;
  return in.get<Number>();
}

}  // namespace

bool is_valid(const VelocityLimit& limit) {
  return limit.window_ns >= kWindowMin && limit.window_ns <= kWindowMax &&
         limit.window_ns % 1'000'000'000 == 0 && (limit.amount || limit.count) &&
         limit.amount.value_or(1) > 0 && limit.count.value_or(1) > 0 &&
         limit.count.value_or(1) <= kVelocityCountMax;
}

void write_limits(const std::vector<VelocityLimit>& limits, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(limits.size()));
  for (const VelocityLimit& limit : limits) {
    out.put(limit.window_ns);
    write_optional(limit.amount, out);
    write_optional(limit.count, out);
  }
}

std::vector<VelocityLimit> read_limits(ByteReader& in) {
  const std::size_t count = in.get<std::uint8_t>();
  if (count > kVelocityLimitsMax) in.fail();
  std::vector<VelocityLimit> limits;
  for (std::int64_t last = 0; in.ok() && limits.size() < count;) {
    VelocityLimit& limit = limits.emplace_back();
    limit.window_ns = in.get<std::int64_t>();
    limit.amount = read_optional<Amount>(in);
    limit.count = read_optional<std::uint32_t>(in);
    if (!is_valid(limit) || limit.window_ns <= last) in.fail();
    last = limit.window_ns;
  }
  return limits;
}

void write_alerts(const AlertLines& alerts, ByteWriter& out) {
  write_optional(alerts.below, out);
  write_optional(alerts.above, out);
}

AlertLines read_alerts(ByteReader& in) {
  AlertLines alerts;
  alerts.below = read_optional<Amount>(in);
  alerts.above = read_optional<Amount>(in);
  for (const auto& line : {alerts.below, alerts.above}) {
    if (line && (*line < -kAmountMax || *line > kAmountMax)) in.fail();
  }
  if (alerts.below && alerts.above && *alerts.below > *alerts.above) in.fail();
  return alerts;
}

}  // namespace giro
