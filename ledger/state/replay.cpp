// Of State: taking over what was decided before, and what is wrong with it.
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {

std::expected<void, std::string> State::replay(const Entry& entry, const Entry* schedule,
                                               std::string_view node) {
  if (entry.seq != seq_ + 1) {
    return std::unexpected("seq " + std::to_string(seq_ + 1) + " is missing before it");
  }
  if (entry.at <= at_) return std::unexpected("its time isn't after the one before it");
  seq_ = entry.seq;
  at_ = entry.at;
  deciding_ = {.seq = seq_, .at = at_};
  if (auto wrong = replay_node(entry.author.node, node)) return std::unexpected(std::move(*wrong));
  if (!entry.postings().empty() && is_in_closed_time(entry.options())) {
    return std::unexpected("its effective date lies in closed time");
  }
  if (const auto* scheduled = std::get_if<std::unique_ptr<ScheduledBody>>(&entry.body)) {
    if (auto wrong = replay_occurrence(**scheduled, entry, schedule)) {
      return std::unexpected(std::move(*wrong));
    }
  }
  const auto replay_body = [&](const auto& body) { return replay_applied(body, entry); };
  std::optional<std::string> wrong =
      entry.applied() ? std::visit(replay_body, entry.body) : check_rejected(entry);
  if (wrong) return std::unexpected(std::move(*wrong));
  return {};
}

// The first entry of a node gives it the next number.
std::optional<std::string> State::replay_node(NodeNumber number, std::string_view name) {
  if (node_number(name) != number) return "it was asked at a node that has another number";
  if (number > nodes_.size()) nodes_.emplace_back(name);
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const PaymentBody& payment, const Entry& entry) {
  return replay_movement(payment.posting, entry.seq);
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<MultiLegBody>& payment,
                                                 const Entry& entry) {
  if (payment->legs.postings.size() < 2) return "its legs are missing";
  for (const Posting& posting : payment->legs.postings) {
    if (auto wrong = replay_movement(posting, entry.seq)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<OpeningBody>& opening,
                                                 const Entry& entry) {
  const OpenedAccount& opened = opening->opened;
  if (opened.id.view() != entry.key.view()) return "it opens another account than its key says";
  if (find(opened.id.view()) != 0) return "it opens an account that exists";
  const auto known = find_currency(opened.currency.code.view());
  if (known && currencies_[*known].scale != opened.currency.scale) {
    return "its currency has another scale in the entries before it";
  }
  open_account(opened, entry.seq);
  if (opening->number != accounts_.size()) {
    return "it opens an account out of the order of numbers";
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<HoldBody>& hold,
                                                 const Entry& entry) {
  const Posting& posting = hold->posting;
  if (posting.amount != 0 || posting.held <= 0) return "it is a hold that holds nothing";
  if (hold->expires_at != end_of(hold->terms, entry.at))
    return "it ends at another time than asked";
  if (auto wrong = check_movement(posting, posting.held)) return wrong;
  if (!has_room(posting.from, posting.to, posting.held)) {
    return "more is held than an amount can be";
  }
  if (auto wrong = replay_posting(posting, entry.seq)) return wrong;
  open_hold(hold_made_by(entry, *hold));
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<CaptureBody>& capture,
                                                 const Entry& entry) {
  if (capture->posting.amount <= 0) return "it captures nothing";
  if (capture->posting.amount > -capture->posting.held) return "it captures more than was held";
  if (capture->asked.value_or(capture->posting.amount) != capture->posting.amount) {
    return "it captures another amount than was asked for";
  }
  if (auto wrong = check_closing(capture->hold, capture->posting)) return wrong;
  const Amount left = holds_.find(capture->hold)->left + capture->posting.held;
  if (capture->left != left || (capture->final && left != 0) ||
      (!capture->final && capture->posting.held != -capture->posting.amount)) {
    return "what it leaves of its hold is wrong";
  }
  return replay_closing(capture->hold, capture->posting, entry.seq);
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<ReleaseBody>& release,
                                                 const Entry& entry) {
  if (release->posting.amount != 0) return "it voids a hold and moves money";
  return replay_closing(release->hold, release->posting, entry.seq);
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<ExpiryBody>& expiry,
                                                 const Entry& entry) {
  const OpenHold* hold = holds_.find(expiry->hold);
  if (expiry->posting.amount != 0) return "it ends a hold and moves money";
  if (hold != nullptr &&
      (hold->expires_at > entry.at || hold->key != entry.key || hold->author != entry.author)) {
    return "it ends a hold before its time, or under another key, or by another user";
  }
  return replay_closing(expiry->hold, expiry->posting, entry.seq);
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<ReversalBody>& reversal,
                                                 const Entry& entry) {
  if (reversal->legs.postings.empty()) return "its legs are missing";
  if (reversal->original == 0 || reversal->original >= entry.seq) {
    return "it reverses nothing that was before it";
  }
  for (const Posting& posting : reversal->legs.postings) {
    if (auto wrong = replay_movement(posting, entry.seq)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<AccountChangeBody>& change,
                                                 const Entry& entry) {
  const Posting& posting = change->posting;
  if (posting.from == 0 || posting.from != find(change->id.view())) {
    return "it changes another account than it names";
  }
  if (posting.to != 0 || posting.amount != 0 || posting.held != 0) {
    return "it changes an account and moves money";
  }
  if (limits(account(posting.from)).closed != (change->action == AccountAction::reopen)) {
    return "it changes an account that is closed, or reopens one that isn't";
  }
  if (auto wrong = replay_posting(posting, entry.seq)) return wrong;
  set_limits(posting.from, change->action, change->terms);
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<BooksBody>& books,
                                                 const Entry& entry) {
  if (books->before != closed_until_) return "the books were closed up to another day before it";
  if (const Rejection broken = check_books(*books, entry.at); broken != Rejection::none) {
    return "it was applied and should have been rejected: " + std::string(giro::name(broken));
  }
  closed_until_ = books->until;
  return std::nullopt;
}

// A rejection changed nothing, but it is kept with what it saw.
std::optional<std::string> State::check_rejected(const Entry& entry) const {
  const Posting posting = entry.row_posting();
  if (posting.from > accounts_.size() || posting.to > accounts_.size()) {
    return "it names an account that doesn't exist";
  }
  if (posting.from_prev != 0 || posting.to_prev != 0) return "it is rejected and has a link";
  // A leg that failed saw what the legs before it would have left.
  if (entry.outcome == Rejection::leg_failed || entry.opened() != nullptr) return std::nullopt;
  const Posting seen = seen_between(posting.from, posting.to, posting.amount);
  if (seen == posting) return std::nullopt;
  return "the balance that it saw is wrong";
}

// What a payment of any kind is held to.
std::optional<std::string> State::replay_movement(const Posting& posting, Seq seq) {
  if (posting.amount <= 0) return "its amount isn't above 0";
  if (posting.held != 0) return "it is a payment and holds money";
  if (auto wrong = check_movement(posting, posting.amount)) return wrong;
  return replay_posting(posting, seq);
}

std::optional<std::string> State::check_movement(const Posting& posting, Amount amount) const {
  const auto exists = [&](AccountNumber number) {
    return number >= 1 && number <= accounts_.size();
  };
  if (!exists(posting.from) || !exists(posting.to)) return "it names an account that doesn't exist";
  if (posting.from == posting.to) return "it pays an account from itself";
  const Account& from = account(posting.from);
  const Account& to = account(posting.to);
  if (from.currency != to.currency) return "its accounts keep two currencies";
  Rejection broken = check_standing(from, to);
  if (broken == Rejection::none) broken = check_limits(from, to, amount);
  if (broken == Rejection::none) broken = check_velocity(posting.from, amount);
  if (broken == Rejection::none) return std::nullopt;
  return "it was applied against the limits of its accounts: " + std::string(giro::name(broken));
}

// What a capture, a void and an expiry have in common.
std::optional<std::string> State::check_closing(Seq hold, const Posting& posting) const {
  const OpenHold* open = holds_.find(hold);
  if (open == nullptr) return "it is about a hold that isn't open";
  if (posting.from != open->from || posting.to != open->to) {
    return "it is about other accounts than its hold";
  }
  if (posting.held >= 0 || -posting.held > open->left) {
    return "it lets go of more than is left of its hold, or of nothing";
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_closing(Seq hold, const Posting& posting, Seq seq) {
  if (auto wrong = check_closing(hold, posting)) return wrong;
  const Amount left = holds_.find(hold)->left + posting.held;
  if (posting.amount == 0 && left != 0) return "it ends a hold, and something is left of it";
  const OpenHold open = *holds_.find(hold);
  if (auto wrong = replay_posting(posting, seq)) return wrong;
  count_no_more(open, posting, seq);
  change_hold(hold, left);
  return std::nullopt;
}

std::optional<std::string> State::replay_posting(const Posting& posting, Seq seq) {
  Posting expected{
      .from = posting.from, .to = posting.to, .amount = posting.amount, .held = posting.held};
  post(expected, seq);
  if (expected == posting) return std::nullopt;
  if (expected.from_prev != posting.from_prev || expected.to_prev != posting.to_prev) {
    return "its link to an account's previous entry is wrong";
  }
  if (expected.from_after == posting.from_after && expected.to_after == posting.to_after) {
    return expected.crossed == posting.crossed ? "what is held after it is wrong"
                                               : "the alert lines that it crossed are wrong";
  }
  return "the balance after it is wrong: " + std::to_string(expected.from_after) + " and " +
         std::to_string(expected.to_after) + " follow from the entries before it, it says " +
         std::to_string(posting.from_after) + " and " + std::to_string(posting.to_after);
}

}  // namespace giro
