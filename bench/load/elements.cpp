#include "bench/load/elements.hpp"

#include <array>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace giro::load {
namespace {

enum class Kind : std::uint8_t {
  payment,
  two_legs,
  hold,
  capture,
  void_hold,
  reverse,
  schedule,
  cancel,
  update,
  open,
  close,
  reopen,
  close_books,
  open_books,
};

// Elements of one kind have slots that follow each other. One that means another takes those of
// that kind in order, after `skipped` of them.
struct Share {
  Kind kind;
  std::uint64_t slots;
  Kind meant = kind;
  std::uint64_t skipped = 0;
};

constexpr std::uint64_t kCaptures = 12;

constexpr std::array kShares{
    Share{Kind::payment, 29},
    Share{Kind::two_legs, 10},
    Share{Kind::hold, 16},
    Share{Kind::capture, kCaptures, Kind::hold},
    Share{Kind::void_hold, 4, Kind::hold, kCaptures},
    Share{Kind::reverse, 8, Kind::payment},
    Share{Kind::schedule, 8},
    Share{Kind::cancel, 4, Kind::schedule},
    Share{Kind::update, 4},
    Share{Kind::open, 1},
    Share{Kind::close, 1, Kind::open},
    Share{Kind::reopen, 1, Kind::open},
    Share{Kind::close_books, 1},
    Share{Kind::open_books, 1},
};

constexpr std::uint64_t first_slot(Kind kind) {
  std::uint64_t slot = 0;
  for (const Share& share : kShares) {
    if (share.kind == kind) break;
    slot += share.slots;
  }
  return slot;
}

// Methods alternate within a hundred, as they would come from many clients: element `i` has the
// slot `i * kStride` of its hundred, and kBack undoes it.
constexpr std::uint64_t kStride = 37;
constexpr std::uint64_t kBack = 73;
static_assert(kStride * kBack % kMixCycle == 1);

struct Slot {
  Kind kind = Kind::payment;
  std::uint64_t meant = 0;  // A slot.
};

constexpr std::array<Slot, kMixCycle> kSlots = [] {
  std::array<Slot, kMixCycle> slots;
  std::uint64_t at = 0;
  for (const Share& share : kShares) {
    const std::uint64_t meant = first_slot(share.meant) + share.skipped;
    for (std::uint64_t count = 0; count < share.slots; ++count) {
      slots.at(at++) = {share.kind, meant + count};
    }
  }
  return slots;
}();
static_assert(first_slot(Kind::open_books) == kMixCycle - 1);

// Opens `{"method":...,"params":`; the caller closes with `}`.
void append_method(std::string& out, std::string_view method) {
  out += R"({"method":")";
  out += method;
  out += R"(","params":)";
}

class MethodMix {
 public:
  explicit MethodMix(const PaymentPlan& plan) : maker_(plan) {}

  void operator()(std::string& out, std::uint64_t number) {
    const Slot slot = kSlots[number * kStride % kMixCycle];
    switch (slot.kind) {
      case Kind::payment:
        return maker_.append(out, number);
      case Kind::two_legs:
        return append_two_legs(out, number);
      case Kind::hold:
        return append_payment(out, "payments.hold", number, {});
      case Kind::schedule:
        return append_payment(out, "payments.schedule", number, R"("at":"2099-01-31T09:00:00Z")");
      case Kind::capture:
        return append(out, "payments.capture", number, meaning("hold", number, slot.meant));
      case Kind::void_hold:
        return append(out, "payments.void", number, meaning("hold", number, slot.meant));
      case Kind::reverse:
        return append(out, "payments.reverse", number, meaning("original", number, slot.meant));
      case Kind::cancel:
        return append(out, "payments.cancel", number, meaning("schedule", number, slot.meant));
      case Kind::update:
        return append(out, "accounts.update", number,
                      fmt::format(R"("id":"{}","metadata":{{"note":"{}"}})",
                                  PaymentMaker::account(static_cast<std::uint32_t>(
                                      mixed(number) % maker_.plan().accounts)),
                                  number));
      case Kind::open:
        append_method(out, "accounts.open");
        out += fmt::format(R"({{"id":"{}","currency":"EUR"}}}})", maker_.key(number));
        return;
      case Kind::close:
        return append(out, "accounts.close", number, meaning("id", number, slot.meant));
      case Kind::reopen:
        // The one that was closed in the hundred before was opened yet one before.
        return append(out, "accounts.reopen", number,
                      meaning("id", number - kMixCycle, slot.meant));
      case Kind::close_books:
        return append(out, "ledger.close_books", number, R"("until":"2001-12-31")");
      case Kind::open_books:
        return append(out, "ledger.open_books", number, R"("until":null)");
    }
  }

 private:
  void append(std::string& out, std::string_view method, std::uint64_t number,
              std::string_view fields) const {
    append_method(out, method);
    out += fmt::format(R"({{"key":"{}",{}}}}})", maker_.key(number), fields);
  }

  void append_payment(std::string& out, std::string_view method, std::uint64_t number,
                      std::string_view fields) {
    append_method(out, method);
    maker_.append(out, number);
    if (!fields.empty()) {
      out.back() = ',';
      out += fields;
      out += '}';
    }
    out += '}';
  }

  void append_two_legs(std::string& out, std::uint64_t number) {
    out += fmt::format(R"({{"key":"{}","legs":[)", maker_.key(number));
    maker_.append_leg(out, number);
    out += ',';
    maker_.append_leg(out, ~number);
    out += "]}";
  }

  // `name` is the key of the element in this slot of the hundred before.
  [[nodiscard]] std::string meaning(std::string_view name, std::uint64_t number,
                                    std::uint64_t slot) const {
    const std::uint64_t hundred = number - number % kMixCycle;
    const std::uint64_t meant = hundred - kMixCycle + slot * kBack % kMixCycle;
    return fmt::format(R"("{}":"{}")", name, maker_.key(meant));
  }

  PaymentMaker maker_;
};

}  // namespace

Element plain_payments(const PaymentPlan& plan) {
  return [maker = PaymentMaker(plan)](std::string& out, std::uint64_t number) mutable {
    maker.append(out, number);
  };
}

Element holds_and_captures(const PaymentPlan& plan) {
  return [maker = PaymentMaker(plan)](std::string& out, std::uint64_t number) mutable {
    if (number % 2 == 0) {
      append_method(out, "payments.hold");
      maker.append(out, number);
    } else {
      append_method(out, "payments.capture");
      out += R"({"key":")";
      out += maker.key(number);
      out += R"(","hold":")";
      out += maker.key(number - 1);
      out += R"("})";
    }
    out += '}';
  };
}

Element all_methods(const PaymentPlan& plan) {
  return MethodMix(plan);
}

Element velocity_limits(const PaymentPlan& plan) {
  return [maker = PaymentMaker(plan)](std::string& out, std::uint64_t number) {
    append_method(out, "accounts.update");
    out += fmt::format(
        R"({{"key":"{}","id":"{}","limits":[{{"window":"24h","amount":1000000000000000,)"
        R"("count":1000000000}}]}}}})",
        maker.key(number), PaymentMaker::account(static_cast<std::uint32_t>(number)));
  };
}

Element expiring_holds(const PaymentPlan& plan, const ExpiryWindow& window, std::uint64_t holds) {
  return
      [maker = PaymentMaker(plan), window, holds](std::string& out, std::uint64_t number) mutable {
        const auto after = static_cast<std::uint64_t>(window.length.count()) * number / holds;
        const auto at = window.begin + std::chrono::milliseconds(after);
        append_method(out, "payments.hold");
        maker.append(out, number);
        out.back() = ',';
        out += fmt::format(R"("expires_at":"{:%Y-%m-%dT%H:%M}:{:%S}Z"}}}})",
                           fmt::gmtime(std::chrono::system_clock::to_time_t(at)),
                           at.time_since_epoch());
      };
}

}  // namespace giro::load
