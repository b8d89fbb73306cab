#include "engine/ledger.hpp"

#include <utility>
#include <variant>

#include "engine/refusals.hpp"

namespace giro {
namespace {

// `prior`: what the key decided, which differs in `field`.
Refused conflict(const PaymentKey& key, const Entry& prior, std::string field, std::uint32_t uid) {
  if (prior.uid != uid) return {.key = key, .refusal = key_of_another_user(), .conflict_seq = 0};
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
Ledger::Past Ledger::past_of(const Keyed& command, const Lookup& lookup, std::uint32_t uid) {
  auto prior = store_->find(command.key(), lookup.key);
  if (!prior) {
    return {.decided = Refused{.key = command.key(), .refusal = refusal_of(prior.error())},
            .opening = nullptr};
  }
  if (*prior == nullptr) return {};
  if (auto field = differing_field(**prior, command, state_)) {
    return {.decided = conflict(command.key(), **prior, std::move(*field), uid),
            .opening = nullptr};
  }
  return {.decided = Replayed{std::move(*prior)}, .opening = nullptr};
}

Ledger::Past Ledger::past_of(const CheckedOpenAccount& open, const Lookup& /*lookup*/,
                             std::uint32_t /*uid*/) {
  const AccountNumber number = state_.find(open.id().view());
  if (number == 0) return {};
  std::unique_ptr<Entry> opening = store_->entry(state_.opened_seq(number));
  if (difference(*opening->opened(), open) != Rejection::none) {
    return {.decided = std::nullopt, .opening = std::move(opening)};
  }
  return {.decided = Replayed{std::move(opening)}, .opening = nullptr};
}

Lookup Ledger::look_up(const Command& command) const {
  Lookup lookup;
  std::visit(
      [&]<class Kind>(const Kind& kind) {
        if constexpr (Kind::kIsKeyed) lookup.key = store_->fingerprint(kind.key());
        if constexpr (requires { kind.leg(); }) lookup.leg = state_.hashes_of(kind.leg());
        if constexpr (Kind::kIsKeyed) store_->prefetch(lookup.key);
        if constexpr (requires { kind.leg(); }) state_.prefetch_slots(lookup.leg);
      },
      command);
  return lookup;
}

std::optional<Outcome> Ledger::find_decision(const Command& command, const Lookup& lookup,
                                             std::uint32_t uid) {
  return std::visit([&](const auto& kind) { return past_of(kind, lookup, uid); }, command).decided;
}

Outcome Ledger::decide(const Command& command, const Lookup& lookup, Timestamp now,
                       std::uint32_t uid) {
  Past past = std::visit([&](const auto& kind) { return past_of(kind, lookup, uid); }, command);
  if (past.decided) return std::move(*past.decided);
  Entry entry =
      state_.apply(command,
                   {.existing = past.opening == nullptr ? nullptr : past.opening->opened(),
                    .hashes = &lookup.leg},
                   now, uid);
  if (is_dry_run(command)) return Rehearsed{std::make_unique<Entry>(std::move(entry))};
  return Decided{store_->append(std::move(entry), lookup.key)};
}

store::AccountPoint Ledger::account_point(AccountNumber number) const {
  return store::point_of(state_.account(number), store_->latest_mark(number));
}

std::string Ledger::account_metadata(AccountNumber number) {
  return store_->account_metadata(number, state_.opened_seq(number));
}

}  // namespace giro
