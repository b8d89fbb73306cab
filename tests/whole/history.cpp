#include "tests/whole/history.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace giro::test {
namespace {

std::string text_of(const Posting& it) {
  return fmt::format("[{}->{} {} held {} prev {} {} after {} {} held {}/{} {}/{} crossed {}]",
                     it.from, it.to, it.amount, it.held, it.from_prev, it.to_prev, it.from_after,
                     it.to_after, it.from_held.in, it.from_held.out, it.to_held.in, it.to_held.out,
                     it.crossed);
}

bool saw_the_same(const Posting& a, const Posting& b) {
  return a.from == b.from && a.to == b.to && a.from_after == b.from_after &&
         a.to_after == b.to_after && a.from_held == b.from_held && a.to_held == b.to_held;
}

template <class Body>
const Body* body_of(const Entry& entry) {
  const auto* body = std::get_if<std::unique_ptr<Body>>(&entry.body);
  return body == nullptr ? nullptr : body->get();
}

// What the kinds have that others don't.
std::string difference_of_kind(const Entry& entry, const Record& record) {
  if (const auto* capture = body_of<CaptureBody>(entry); capture && capture->left != record.left) {
    return fmt::format("left {} instead of {}", capture->left, record.left);
  }
  const bool of_failed_group = record.members != 0 && record.code != Rejection::none;
  if (const auto* back = body_of<ReversalBody>(entry);
      back && back->reversed != record.reversed && !of_failed_group) {
    return fmt::format("reversed {} instead of {}", back->reversed, record.reversed);
  }
  if (const auto* due = body_of<ScheduledBody>(entry);
      due && due->occurrence != record.occurrence) {
    return fmt::format("occurrence {} instead of {}", due->occurrence, record.occurrence);
  }
  const Legs* legs = entry.legs();
  if (record.code == Rejection::leg_failed &&
      (legs->failed_leg != record.leg || legs->leg_code != record.leg_code)) {
    return fmt::format("leg {} {} instead of {} {}", legs->failed_leg, name(legs->leg_code),
                       record.leg, name(record.leg_code));
  }
  return "";
}

// Whether the body keeps what was asked, where that isn't told by its postings.
struct KeepsRequest {
  const Entry& entry;
  const Command& command;

  bool operator()(const PaymentBody& /*it*/) const {
    return keeps(std::get<CheckedPayment>(command));
  }
  bool operator()(const std::unique_ptr<MultiLegBody>& /*it*/) const {
    return keeps(std::get<CheckedPayment>(command));
  }
  bool operator()(const std::unique_ptr<OpeningBody>& opening) const {
    const auto& open = std::get<CheckedOpenAccount>(command);
    return opening->opened.id == open.id() && difference(opening->opened, open) == Rejection::none;
  }
  bool operator()(const std::unique_ptr<AccountChangeBody>& change) const {
    const auto& asked = std::get<CheckedAccountChange>(command);
    const AccountTerms none;
    return change->id == asked.id() && change->action == asked.action() &&
           change->terms == (asked.terms() == nullptr ? none : *asked.terms()) &&
           change->if_version == asked.if_version();
  }
  bool operator()(const std::unique_ptr<HoldBody>& hold) const {
    const auto& asked = std::get<CheckedHold>(command);
    return hold->terms == asked.terms() && keeps(asked.payment());
  }
  bool operator()(const std::unique_ptr<ScheduleBody>& schedule) const {
    const auto& asked = std::get<CheckedSchedule>(command);
    return schedule->terms == asked.terms() && keeps(asked.payment());
  }
  bool operator()(const std::unique_ptr<ScheduledBody>& /*it*/) const {
    return keeps(std::get<CheckedSchedule>(command).payment());
  }
  bool operator()(const std::unique_ptr<CaptureBody>& capture) const {
    const auto& asked = std::get<CheckedCapture>(command);
    return capture->named == asked.refers_to() && capture->asked == asked.amount() &&
           capture->final == asked.final();
  }
  bool operator()(const std::unique_ptr<ReleaseBody>& release) const {
    return release->named == std::get<CheckedVoid>(command).refers_to();
  }
  bool operator()(const std::unique_ptr<ReversalBody>& reversal) const {
    const auto& asked = std::get<CheckedReversal>(command);
    return reversal->named == asked.refers_to() && reversal->asked == asked.amount() &&
           reversal->options == or_none(asked.options());
  }
  bool operator()(const std::unique_ptr<CancelBody>& cancel) const {
    return cancel->named == std::get<CheckedCancel>(command).refers_to();
  }
  bool operator()(const std::unique_ptr<BooksBody>& books) const {
    const auto& asked = std::get<CheckedBooks>(command);
    return books->action == asked.action() && books->until == asked.until();
  }
  bool operator()(const std::unique_ptr<ExpiryBody>& /*it*/) const { return true; }

 private:
  // Two requests of one key may differ in nothing else.
  [[nodiscard]] bool keeps(const CheckedPayment& payment) const {
    const auto kept = entry.requested();
    const bool has_legs = kept.empty() ? asked_for() == payment.legs().front().amount
                                       : std::ranges::equal(kept, payment.legs());
    return has_legs && or_none(entry.options()) == or_none(payment.options());
  }
  // Of its first leg: the most, where it took what was available; else what it moved, or would have.
  [[nodiscard]] Amount asked_for() const {
    if (const auto most = up_to()) return *most;
    const Posting first = entry.applied() ? entry.postings().front() : entry.row_posting();
    return first.amount + first.held;
  }
  [[nodiscard]] std::optional<Amount> up_to() const {
    const auto asked_of = [](const Boxed<PaymentDetails>& details) {
      return details ? details->asked : std::nullopt;
    };
    if (const auto* payment = std::get_if<PaymentBody>(&entry.body)) {
      return asked_of(payment->details);
    }
    if (const auto* hold = body_of<HoldBody>(entry)) return asked_of(hold->details);
    const auto* scheduled = body_of<ScheduledBody>(entry);
    return scheduled == nullptr ? std::nullopt : scheduled->asked;
  }
};

}  // namespace

std::string difference_of(const Entry& entry, const Record& record, bool is_rehearsed) {
  if (entry.outcome != record.code) {
    return fmt::format("{} instead of {}", name(entry.outcome), name(record.code));
  }
  if (!is_rehearsed && (entry.seq != record.seq || entry.at != record.at)) {
    return fmt::format("seq {} at {} instead of {} {}", entry.seq, entry.at.ns, record.seq,
                       record.at.ns);
  }
  if (entry.kind() != record.kind) return "another kind";
  if (entry.author.uid != record.asked.uid) return fmt::format("user {}", entry.author.uid);
  if (!is_rehearsed && entry.author.node != record.node) {
    return fmt::format("node {} instead of {}", entry.author.node, record.node);
  }
  if (entry.key.view() != record.key) return fmt::format("key {}", entry.key.view());
  if (entry.group.count != record.members || entry.group.index != record.index ||
      entry.group.failed != record.failed) {
    return fmt::format("group {}/{} failed {}", entry.group.index, entry.group.count,
                       entry.group.failed);
  }
  if (entry.follows() != record.follows) {
    return fmt::format("follows {} instead of {}", entry.follows(), record.follows);
  }
  const auto postings = entry.postings();
  if (postings.size() != record.moved.size()) return fmt::format("{} postings", postings.size());
  for (std::size_t i = 0; i < postings.size(); ++i) {
    if (postings[i] == record.moved[i]) continue;
    return fmt::format("posting {}: {} instead of {}", i, text_of(postings[i]),
                       text_of(record.moved[i]));
  }
  if (!entry.applied() && !saw_the_same(entry.row_posting(), record.seen)) {
    return fmt::format("saw {} instead of {}", text_of(entry.row_posting()), text_of(record.seen));
  }
  const Command asked = command_of(record.asked);
  if (!std::visit(KeepsRequest{entry, asked}, entry.body)) return "another request";
  return difference_of_kind(entry, record);
}

std::vector<HistoryLine> lines_of(const std::vector<Record>& journal, AccountNumber account,
                                  Seq seq) {
  std::vector<HistoryLine> lines;
  for (Seq i = 1; i <= seq; ++i) {
    for (const Posting& it : journal[i - 1].moved) {
      if (it.from == account) {
        lines.push_back({.seq = i,
                         .amount = -it.amount,
                         .balance = it.from_after,
                         .held = it.from_held,
                         .counterparty = it.to});
      } else if (it.to == account) {
        lines.push_back({.seq = i,
                         .amount = it.amount,
                         .balance = it.to_after,
                         .held = it.to_held,
                         .counterparty = it.from});
      }
    }
  }
  return lines;
}

std::vector<DatedLine> dated_lines_of(const std::vector<Record>& journal, AccountNumber account) {
  std::vector<DatedLine> lines;
  for (const Record& record : journal) {
    for (std::size_t leg = 0; leg < record.moved.size(); ++leg) {
      const Posting& it = record.moved[leg];
      if (it.amount == 0 || (it.from != account && it.to != account)) continue;
      lines.push_back({.day = record.day,
                       .seq = record.seq,
                       .leg = leg,
                       .amount = it.from == account ? -it.amount : it.amount});
    }
  }
  std::ranges::sort(lines, {},
                    [](const DatedLine& line) { return std::tuple(line.day, line.seq, line.leg); });
  Int128 balance = 0;
  for (DatedLine& line : lines) line.balance = balance += line.amount;
  return lines;
}

Int128 balance_by_day(const std::vector<Record>& journal, AccountNumber account, Date day) {
  Int128 balance = 0;
  for (const Record& record : journal) {
    if (record.day > day) continue;
    for (const Posting& it : record.moved) {
      if (it.from == account) balance -= it.amount;
      if (it.to == account) balance += it.amount;
    }
  }
  return balance;
}

std::map<std::pair<std::string, std::string>, BranchBalance> totals_at(const WholeModel& model,
                                                                       Seq seq) {
  const auto& accounts = model.standing().accounts;
  const std::vector<Int128> balances = balances_at(model.journal(), accounts.size(), seq);
  std::vector<bool> is_open(accounts.size());
  for (Seq i = 1; i <= seq; ++i) {
    const Record& record = model.journal()[i - 1];
    const bool opens = record.kind == EntryKind::account && record.code == Rejection::none;
    if (opens) is_open[model.find(record.asked.id) - 1] = true;
  }
  std::map<std::pair<std::string, std::string>, BranchBalance> totals;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (!is_open[i]) continue;
    const std::string id = accounts[i].opened.id + ":";
    for (std::size_t end = 0; end != std::string::npos; end = id.find(':', end + 1)) {
      BranchBalance& branch = totals[{id.substr(0, end), accounts[i].opened.currency}];
      ++branch.accounts;
      (balances[i] < 0 ? branch.debit : branch.credit) +=
          balances[i] < 0 ? -balances[i] : balances[i];
    }
  }
  return totals;
}

std::vector<Seq> payments_of(const std::vector<Record>& journal,
                             const store::PaymentsQuery& query) {
  const auto is_asked_for = [&](const Record& record) {
    const auto names_account = [&](const Posting& it) {
      return it.from == query.filter.account || it.to == query.filter.account;
    };
    const auto has_amount = [&](const Posting& it) {
      return it.amount >= query.filter.amount_gte && it.amount <= query.filter.amount_lte;
    };
    const bool is_payment =
        record.kind == EntryKind::payment || record.kind == EntryKind::multi_leg;
    return is_payment && record.code == Rejection::none && record.seq >= query.first &&
           record.seq <= query.last &&
           (query.filter.account == 0 || std::ranges::any_of(record.moved, names_account)) &&
           std::ranges::any_of(record.moved, has_amount);
  };
  std::vector<Seq> seqs;
  for (const Record& record : journal) {
    if (is_asked_for(record)) seqs.push_back(record.seq);
  }
  return seqs;
}

std::vector<Int128> balances_at(const std::vector<Record>& journal, std::size_t accounts, Seq seq) {
  std::vector<Int128> balances(accounts);
  for (Seq i = 1; i <= seq; ++i) {
    for (const Posting& it : journal[i - 1].moved) {
      balances[it.from - 1] -= it.amount;
      if (it.to != 0) balances[it.to - 1] += it.amount;
    }
  }
  return balances;
}

}  // namespace giro::test
