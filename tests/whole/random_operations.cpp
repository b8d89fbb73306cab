#include "tests/whole/random_operations.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace giro::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

struct Known {
  const char* id;
  const char* currency;
  int scale;
  std::optional<Amount> floor;
  std::optional<Amount> ceiling;
};
constexpr std::array kAccounts{
    Known{"world", "EUR", 2, std::nullopt, std::nullopt},
    Known{"shop:1", "EUR", 2, 0, std::nullopt},
    Known{"shop:2", "EUR", 2, -500, std::nullopt},
    Known{"ada", "EUR", 2, 0, 5'000},
    Known{"bob", "EUR", 2, 0, std::nullopt},
    Known{"eve", "EUR", 2, 10, 3'000},
    Known{"us:world", "USD", 2, std::nullopt, std::nullopt},
    Known{"us:ada", "USD", 2, 0, std::nullopt},
    Known{"huge:1", "PTS", 3, std::nullopt, std::nullopt},
    Known{"huge:2", "PTS", 3, std::nullopt, std::nullopt},
    // These come and go.
    Known{"x:1", "EUR", 2, 0, std::nullopt},
    Known{"x:2", "EUR", 2, 0, std::nullopt},
    Known{"x:3", "PTS", 3, 0, std::nullopt},
};
constexpr std::size_t kFirstOfThoseThatComeAndGo = 10;

bool pays(Method method) {
  return method == Method::pay || method == Method::hold || method == Method::schedule;
}

}  // namespace

std::vector<Operation> RandomOperations::beginnings() {
  std::vector<Operation> made;
  made.reserve(kFirstOfThoseThatComeAndGo);
  for (std::size_t i = 0; i < kFirstOfThoseThatComeAndGo; ++i) {
    made.push_back(opening(kAccounts[i].id));
  }
  return made;
}

Operation RandomOperations::opening(const std::string& id) {
  const auto known = std::ranges::find_if(kAccounts, [&](const Known& it) { return it.id == id; });
  Operation operation;
  operation.method = Method::open;
  operation.id = id;
  operation.currency = known == kAccounts.end() ? "EUR" : known->currency;
  operation.scale = known == kAccounts.end() ? 2 : known->scale;
  operation.floor = known == kAccounts.end() ? std::optional<Amount>(0) : known->floor;
  operation.ceiling = known == kAccounts.end() ? std::nullopt : known->ceiling;
  return operation;
}

Operation RandomOperations::open_some() {
  const std::size_t first = one_in(3) ? 0 : kFirstOfThoseThatComeAndGo;
  // New ones come one after the other, each asked for several times before and after it is there.
  const std::size_t accounts = model_.standing().accounts.size();
  const bool is_new = one_in(4) && accounts < 20 + model_.journal().size() / 1'000;
  Operation operation = opening(is_new ? "new:" + std::to_string(accounts + below(4))
                                       : kAccounts[first + below(kAccounts.size() - first)].id);
  switch (below(12)) {
    case 0:
      operation.floor = std::optional<Amount>(-7);
      break;
    case 1:
      operation.ceiling = std::optional<Amount>(700'000);
      break;
    case 2:
      operation.metadata = R"({"a":1})";
      break;
    case 3:
      operation.currency = "PTS";
      operation.scale = one_in(2) ? 3 : 4;
      break;
    default:
      break;
  }
  return operation;
}

std::string RandomOperations::some_account() {
  if (one_in(60)) return "nobody";
  const std::size_t accounts = model_.standing().accounts.size();
  const std::size_t known = one_in(6) ? accounts : std::min(accounts, kAccounts.size());
  return model_.standing().accounts[below(known)].opened.id;
}

Amount RandomOperations::some_amount(const std::string& payer) {
  if (payer.starts_with("huge")) return static_cast<Amount>(1 + below(std::uint64_t{1} << 62));
  constexpr std::array<std::uint64_t, 4> kBounds{10, 100, 1'000, 4'000};
  return static_cast<Amount>(1 + below(kBounds[below(kBounds.size())]));
}

OperationLeg RandomOperations::leg() {
  OperationLeg made;
  made.from = one_in(4) ? "world" : some_account();
  const AccountNumber from = model_.find(made.from);
  made.currency = from == 0 ? "EUR" : model_.standing().accounts[from - 1].opened.currency;
  for (int tries = 0; made.to.empty() || made.to == made.from || tries < 20; ++tries) {
    made.to = some_account();
    const AccountNumber to = model_.find(made.to);
    const bool fits =
        to != 0 && model_.standing().accounts[to - 1].opened.currency == made.currency;
    if (made.to != made.from && (fits || one_in(30))) break;
  }
  if (one_in(80)) made.currency = made.currency == "EUR" ? "USD" : "EUR";
  made.amount = some_amount(made.from);
  return made;
}

void RandomOperations::add_legs(Operation& operation, bool may_be_several) {
  const std::size_t legs = may_be_several && one_in(6) ? 2 + below(4) : 1;
  for (std::size_t i = 0; i < legs; ++i) operation.legs.push_back(leg());
}

std::optional<std::uint64_t> RandomOperations::some_version(const std::string& id) {
  const AccountNumber number = model_.find(id);
  if (number == 0) return 0;
  return model_.standing().accounts[number - 1].version + (one_in(3) ? 1 : 0);
}

void RandomOperations::add_options(Operation& operation, Timestamp now) {
  if (one_in(8)) operation.code = static_cast<std::int64_t>(below(9));
  if (one_in(8)) operation.reference = "r" + std::to_string(below(9));
  if (one_in(5)) {
    const auto days = static_cast<std::int32_t>(below(one_in(9) ? 4'000 : 6));
    operation.effective_date = Date{date_of(now).days + 1 - days};
  }
  if (one_in(12))
    operation.deadline =
        Timestamp{now.ns + kSecond - static_cast<std::int64_t>(below(3)) * kSecond};
  if (operation.method == Method::reverse || operation.legs.size() != 1) return;
  const std::string& payer = operation.legs[0].from;
  if (one_in(12)) operation.if_version = some_version(payer);
  if (one_in(12)) operation.if_available_gte = static_cast<Amount>(below(2'000)) - 300;
  operation.up_to = one_in(8);
}

void RandomOperations::add_end(Operation& hold, Timestamp now) {
  constexpr std::array kTimeouts{kSecond, 5 * kSecond, kMinute, kHour, 3 * kDay};
  if (one_in(2)) {
    hold.timeout_ns = kTimeouts[below(kTimeouts.size())];
  } else if (one_in(2)) {
    hold.expires_at = Timestamp{now.ns + static_cast<std::int64_t>(below(20)) * kSecond - kSecond};
  }
}

void RandomOperations::add_times(Operation& schedule, Timestamp now) {
  constexpr std::array kAhead{10 * kSecond, kMinute, kHour, 2 * kDay, 40 * kDay};
  schedule.at = Timestamp{
      now.ns +
      static_cast<std::int64_t>(below(static_cast<std::uint64_t>(kAhead[below(kAhead.size())]))) -
      (one_in(9) ? kHour : 0)};
  if (!one_in(3)) return;
  constexpr std::array kUnits{CalendarUnit::day, CalendarUnit::week, CalendarUnit::month,
                              CalendarUnit::year};
  schedule.every = Interval{.unit = kUnits[below(kUnits.size())],
                            .count = static_cast<std::uint16_t>(1 + below(3))};
  if (one_in(3)) {
    schedule.until = Timestamp{schedule.at.ns + static_cast<std::int64_t>(below(90)) * kDay};
  } else if (!one_in(4)) {
    schedule.count = static_cast<std::uint32_t>(1 + below(4));
  }
}

void RandomOperations::add_terms(Operation& update) {
  const bool is_huge = update.id.starts_with("huge");
  if (one_in(5) && !is_huge && update.id != "world") {
    update.floor = one_in(8) ? std::optional<Amount>() : -static_cast<Amount>(below(800));
  }
  if (one_in(5) && !is_huge) {
    update.ceiling = one_in(2) ? std::optional<Amount>() : static_cast<Amount>(below(9'000));
  }
  if (one_in(3)) update.frozen = one_in(8) ? static_cast<Frozen>(1 + below(3)) : Frozen::none;
  if (one_in(6)) update.metadata = R"({"n":)" + std::to_string(below(99)) + "}";
  if (one_in(3)) {
    constexpr std::array kWindows{kMinute, 90 * kSecond, 15 * kMinute, kHour};
    update.limits.emplace();
    for (const std::int64_t window : kWindows) {
      if (!one_in(4)) continue;
      VelocityLimit limit{.window_ns = window, .amount = {}, .count = {}};
      if (one_in(2)) limit.amount = static_cast<Amount>(1 + below(20'000));
      if (!limit.amount || one_in(2)) limit.count = static_cast<std::uint32_t>(1 + below(30));
      update.limits->push_back(limit);
    }
  }
  if (one_in(4)) {
    update.alerts.emplace();
    if (one_in(2)) update.alerts->below = static_cast<Amount>(below(1'000));
    if (one_in(2)) update.alerts->above = static_cast<Amount>(1'000 + below(2'000));
  }
  const bool is_empty = !update.floor && !update.ceiling && !update.frozen && !update.metadata &&
                        !update.limits && !update.alerts;
  if (is_empty) update.frozen = Frozen::none;
}

// Something of that kind that was decided lately, or anything else.
void RandomOperations::name(Operation& operation, EntryKind kind) {
  const auto& journal = model_.journal();
  Seq seq = 1 + below(journal.size() + 2);
  const std::uint64_t tries = one_in(12) ? 0 : 60;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::uint64_t back =
        below(std::min<std::uint64_t>(journal.size(), one_in(4) ? 2'000 : 120));
    const Record& record = journal[journal.size() - 1 - back];
    const bool fits = kind == EntryKind::payment ? record.kind <= EntryKind::multi_leg ||
                                                       record.kind == EntryKind::capture ||
                                                       record.kind == EntryKind::scheduled
                                                 : record.kind == kind;
    if (!fits) continue;
    seq = record.seq;
    if (record.code == Rejection::none) break;
  }
  if (!sent_.empty() && one_in(20)) {
    operation.names_key =
        sent_[sent_.size() - 1 - below(std::min<std::size_t>(sent_.size(), 3))].key;
    if (operation.names_key.empty()) operation.names_key = "never";
    return;
  }
  const bool by_key = one_in(2) && seq <= journal.size() && !journal[seq - 1].key.empty();
  if (by_key) {
    operation.names_key = journal[seq - 1].key;
  } else {
    operation.names_seq = seq;
  }
}

Operation RandomOperations::make(Timestamp now) {
  constexpr std::array kMix{
      Method::pay,     Method::pay,     Method::pay,      Method::pay,     Method::pay,
      Method::pay,     Method::hold,    Method::hold,     Method::hold,    Method::capture,
      Method::capture, Method::release, Method::reverse,  Method::reverse, Method::update,
      Method::close,   Method::reopen,  Method::schedule, Method::cancel,  Method::open,
  };
  Operation operation;
  operation.method = kMix[below(kMix.size())];
  if (one_in(60)) operation.method = one_in(2) ? Method::close_books : Method::open_books;
  if (operation.method == Method::open) return open_some();
  operation.key = "k" + std::to_string(++keys_);
  operation.dry_run = one_in(25);
  if (pays(operation.method)) {
    add_legs(operation, operation.method != Method::hold);
    add_options(operation, now);
  }
  switch (operation.method) {
    case Method::hold:
      add_end(operation, now);
      break;
    case Method::capture:
      name(operation, EntryKind::hold);
      if (one_in(2)) operation.amount = static_cast<Amount>(1 + below(one_in(2) ? 40 : 800));
      operation.final = one_in(4);
      break;
    case Method::release:
      name(operation, EntryKind::hold);
      break;
    case Method::reverse:
      name(operation, EntryKind::payment);
      add_options(operation, now);
      if (one_in(2)) operation.amount = static_cast<Amount>(1 + below(one_in(2) ? 40 : 800));
      break;
    case Method::schedule:
      add_times(operation, now);
      break;
    case Method::cancel:
      name(operation, EntryKind::schedule);
      break;
    case Method::update:
      operation.id = some_account();
      add_terms(operation);
      if (one_in(6)) operation.if_version = some_version(operation.id);
      break;
    case Method::close:
    case Method::reopen:
      operation.id = one_in(2) ? "x:" + std::to_string(1 + below(3)) : some_account();
      for (const WholeAccount& account : model_.standing().accounts) {
        const bool is_empty_but_held =
            account.balance() == 0 && account.held_in + account.held_out > 0;
        if (is_empty_but_held && one_in(2)) operation.id = account.opened.id;
      }
      if (one_in(6)) operation.if_version = some_version(operation.id);
      break;
    case Method::close_books:
    case Method::open_books:
      operation.day =
          Date{date_of(now).days - static_cast<std::int32_t>(below(one_in(2) ? 3 : 30))};
      if (operation.method == Method::open_books && one_in(2)) operation.day.reset();
      break;
    default:
      break;
  }
  return operation;
}

// Another request under the same key.
Operation RandomOperations::changed(Operation operation) {
  if (operation.method == Method::open) return operation;
  Operation other = make(Timestamp{model_.journal().back().at});
  if (one_in(2) && other.method != Method::open) {
    other.key = operation.key;
    return other;
  }
  if (!operation.legs.empty()) ++operation.legs.back().amount;
  operation.dry_run = one_in(10);
  return operation;
}

Operation RandomOperations::next(Timestamp now) {
  if (sent_.size() > 50 && one_in(16)) {
    const std::size_t back = below(one_in(3) ? sent_.size() : 50);
    const Operation again = sent_[sent_.size() - 1 - back];
    return one_in(3) ? changed(again) : again;
  }
  sent_.push_back(make(now));
  return sent_.back();
}

std::vector<Operation> RandomOperations::next_group(Timestamp now) {
  if (!groups_.empty() && one_in(4)) {
    std::vector<Operation> again =
        groups_[groups_.size() - 1 - below(std::min<std::size_t>(groups_.size(), 60))];
    if (one_in(4)) again.pop_back();
    if (!again.empty() && one_in(6)) std::swap(again.front(), again.back());
    if (!again.empty()) return again;
  }
  std::vector<Operation> members;
  std::set<std::string> keys;
  for (std::size_t i = 1 + below(4); i > 0; --i) {
    Operation member = one_in(20) && !sent_.empty() ? sent_[below(sent_.size())] : make(now);
    member.dry_run = false;
    if (!keys.insert(member.method == Method::open ? "open " + member.id : member.key).second)
      continue;
    members.push_back(member);
    sent_.push_back(member);
  }
  groups_.push_back(members);
  return members;
}

std::int64_t RandomOperations::next_step() {
  const std::uint64_t kind = below(10'000);
  const auto some = [&](std::int64_t most) {
    return static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most)));
  };
  if (kind < 2) return some(40 * kDay);
  if (kind < 12) return some(2 * kDay);
  if (kind < 60) return some(kHour);
  if (kind < 90) return -some(kSecond);
  if (kind < 2'000) return some(20 * kSecond);
  return some(kSecond / 100);
}

}  // namespace giro::test
