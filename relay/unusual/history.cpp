#include "relay/unusual/history.hpp"

#include <algorithm>
#include <limits>

#include "ledger/bytes.hpp"

namespace giro::relay {
namespace {

constexpr std::uint8_t kVersion = 1;

template <class Value>
void push(std::vector<Value>& ring, std::size_t& next, std::size_t most, Value value) {
  if (ring.size() < most) {
    ring.push_back(value);
    return;
  }
  ring[next] = value;
  next = (next + 1) % most;
}

template <class Value>
void put_all(ByteWriter& out, const std::vector<Value>& values) {
  out.put(static_cast<std::uint32_t>(values.size()));
  for (const Value value : values) out.put(value);
}

template <class Value>
std::vector<Value> get_all(ByteReader& in, std::size_t most) {
  const auto count = in.get<std::uint32_t>();
  if (count > most) in.fail();
  std::vector<Value> values;
  for (std::uint32_t each = 0; in.ok() && each < count; ++each) values.push_back(in.get<Value>());
  return values;
}

}  // namespace

void History::advance_to(std::int64_t hour) {
  if (amounts_.empty()) hour_ = std::max(hour_, hour);  // It begins with its first payment.
  if (hour <= hour_) return;
  push(hours_, next_hour_, kHoursMax, count_);
  const auto quiet = std::min<std::int64_t>(hour - hour_ - 1, kHoursMax);
  for (std::int64_t each = 0; each < quiet; ++each) {
    push(hours_, next_hour_, kHoursMax, std::uint32_t{0});
  }
  hour_ = hour;
  count_ = 0;
  told_ = false;
}

void History::add(std::int64_t hour, const std::vector<Amount>& paid) {
  advance_to(hour);
  if (count_ < std::numeric_limits<std::uint32_t>::max()) ++count_;
  for (const Amount amount : paid) push(amounts_, next_, kAmountsMax, amount);
}

std::string History::encoded() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.put(kVersion);
  out.put(static_cast<std::uint32_t>(next_));
  out.put(static_cast<std::uint32_t>(next_hour_));
  out.put(hour_);
  out.put(count_);
  out.put(static_cast<std::uint8_t>(told_ ? 1 : 0));
  put_all(out, amounts_);
  put_all(out, hours_);
  return bytes;
}

std::optional<History> History::decoded(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.get<std::uint8_t>() != kVersion) return std::nullopt;
  History history;
  history.next_ = in.get<std::uint32_t>();
  history.next_hour_ = in.get<std::uint32_t>();
  history.hour_ = in.get<std::int64_t>();
  history.count_ = in.get<std::uint32_t>();
  history.told_ = in.get<std::uint8_t>() != 0;
  history.amounts_ = get_all<Amount>(in, kAmountsMax);
  history.hours_ = get_all<std::uint32_t>(in, kHoursMax);
  const bool whole = in.ok() && in.rest().empty();
  if (!whole || history.next_ >= kAmountsMax || history.next_hour_ >= kHoursMax) {
    return std::nullopt;
  }
  return history;
}

}  // namespace giro::relay
