#include "engine/ledger.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/refusals.hpp"

namespace giro {
namespace {

// `prior`: what the key decided, which differs in `field`. Who is whose goes by the uid, at whichever node.
Refused conflict(const PaymentKey& key, const Entry& prior, std::string field, std::uint32_t uid) {
  if (prior.author.uid != uid)
    return {.key = key, .refusal = key_of_another_user(), .conflict_seq = 0};
  return {.key = key, .refusal = key_conflict(key, std::move(field)), .conflict_seq = prior.seq};
}

}  // namespace

std::expected<std::unique_ptr<Ledger>, std::string> Ledger::open(
    const store::StoreOptions& options) {
  std::unique_ptr<Ledger> ledger(new Ledger);
  auto store = store::Store::open(options, ledger->state_);
  if (!store) return std::unexpected(std::move(store.error()));
  ledger->store_ = std::move(*store);
  return ledger;
}

template <class Keyed>
  requires(Keyed::kIsKeyed)
std::optional<Outcome> Ledger::past_of(const Keyed& command, const Lookup& lookup,
                                       std::uint32_t uid) {
  auto prior = store_->find(command.key(), lookup.key);
  if (!prior) return Refused{.key = command.key(), .refusal = refusal_of(prior.error())};
  if (*prior == nullptr) return std::nullopt;
  if (auto field = differing_field(**prior, command, state_)) {
    return conflict(command.key(), **prior, std::move(*field), uid);
  }
  return Replayed{std::move(*prior)};
}

std::optional<Outcome> Ledger::past_of(const CheckedOpenAccount& open,
                                       std::unique_ptr<Entry>& opening) {
  const AccountNumber number = state_.find(open.id().view());
  if (number == 0) return std::nullopt;
  std::unique_ptr<Entry> found = store_->entry(state_.opened_seq(number));
  if (difference(*found->opened(), open) == Rejection::none) return Replayed{std::move(found)};
  opening = std::move(found);
  return std::nullopt;
}

std::optional<Outcome> Ledger::find_past(const Command& command, const Lookup& lookup,
                                         std::uint32_t uid, std::unique_ptr<Entry>& opening) {
  return visit_command(
      [&]<class Kind>(const Kind& kind) {
        if constexpr (Kind::kIsKeyed)
          return past_of(kind, lookup, uid);
        else
          return past_of(kind, opening);
      },
      command);
}

Lookup Ledger::look_up(const Command& command) const {
  Lookup lookup;
  visit_command(
      [&]<class Kind>(const Kind& kind) {
        if constexpr (Kind::kIsKeyed) lookup.key = store_->fingerprint(kind.key());
        if constexpr (requires { kind.leg(); }) lookup.leg = state_.hashes_of(kind.leg());
        if constexpr (Kind::kIsKeyed) store_->prefetch(lookup.key);
        if constexpr (requires { kind.leg(); }) state_.prefetch_slots(lookup.leg);
        if constexpr (requires { kind.refers_to(); }) {
          if (kind.refers_to().key.empty()) return;
          lookup.reference = store_->fingerprint(kind.refers_to().key);
          store_->prefetch(lookup.reference);
        }
      },
      command);
  return lookup;
}

std::optional<Outcome> Ledger::find_decision(const Command& command, const Lookup& lookup,
                                             std::uint32_t uid) {
  std::unique_ptr<Entry> opening;
  return find_past(command, lookup, uid, opening);
}

Outcome Ledger::decide(const Command& command, const Lookup& lookup, Timestamp now,
                       std::uint32_t uid) {
  std::unique_ptr<Entry> opening;
  if (auto decided = find_past(command, lookup, uid, opening)) return std::move(*decided);
  Named named;
  if (auto unknown = std::holds_alternative<CheckedPayment>(command)
                         ? std::nullopt
                         : resolve(command, lookup, named)) {
    return Refused{.key = key_of(command), .refusal = std::move(*unknown)};
  }
  Entry entry = state_.apply(command,
                             {.existing = opening == nullptr ? nullptr : opening->opened(),
                              .hashes = &lookup.leg,
                              .referred = named.referred()},
                             now, uid);
  // A dry run has no number.
  if (entry.seq == 0) return Rehearsed{std::make_unique<Entry>(std::move(entry))};
  return Decided{store_->append(std::move(entry), lookup.key)};
}

std::optional<Refusal> Ledger::resolve(const Command& command, const Lookup& lookup, Named& named) {
  const Reference* reference = reference_of(command);
  if (reference == nullptr) return std::nullopt;
  auto seq = find_referred(*reference, lookup.reference);
  if (!seq) return std::move(seq.error());
  named.seq = *seq;
  // Of what is open the state knows all.
  if (*seq == 0 || state_.holds().find(*seq) != nullptr ||
      state_.schedules().find(*seq) != nullptr) {
    return std::nullopt;
  }
  named.entry.find(*store_, *seq);
  if (const Seq latest = store_->latest_followup(*seq)) named.latest.find(*store_, latest);
  return std::nullopt;
}

std::expected<Seq, Refusal> Ledger::find_referred(const Reference& reference,
                                                  std::uint64_t fingerprint) {
  if (reference.key.empty()) return reference.seq <= state_.seq() ? reference.seq : 0;
  auto seq = store_->find_seq(reference.key, fingerprint);
  if (!seq) return std::unexpected(refusal_of(seq.error()));
  return *seq;
}

bool Ledger::decide_due(Timestamp now, std::size_t count) {
  while (count > 0) {
    std::unique_ptr<Entry> schedule;
    if (const Seq seq = state_.due_schedule(now); seq != 0) schedule = store_->entry(seq);
    auto entry = state_.decide_due(now, schedule.get());
    if (!entry) return false;
    count -= std::min(count, schedule == nullptr ? 1 : schedule->requested().size());
    (void)store_->append(std::move(*entry), 0);
  }
  return state_.next_due() <= now;
}

store::AccountPoint Ledger::account_point(AccountNumber number) const {
  return store::point_of(state_.account(number), store_->latest_mark(number));
}

std::string Ledger::account_metadata(AccountNumber number) {
  return store_->account_metadata(number, state_.opened_seq(number));
}

}  // namespace giro
