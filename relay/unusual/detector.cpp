#include "relay/unusual/detector.hpp"

#include <map>

#include <fmt/format.h>

#include "ledger/timestamp.hpp"
#include "relay/message.hpp"
#include "relay/unusual/judgement.hpp"

namespace giro::relay {
namespace {

struct Paid {
  std::vector<Amount> amounts;
  std::string currency;
};

std::map<std::string, Paid> paid_by_account(const Event& event) {
  std::map<std::string, Paid> paid;
  for (const Outflow& outflow : event.outflows) {
    Paid& mine = paid[outflow.account];
    mine.amounts.push_back(outflow.amount);
    mine.currency = outflow.currency;
  }
  return paid;
}

Note note_of(const Event& event, const std::string& account, const std::string& currency,
             const std::vector<Judgement>& judgements) {
  std::string reasons;
  std::string words;
  for (const Judgement& judgement : judgements) {
    reasons += fmt::format(R"({}{{{},"words":{}}})", reasons.empty() ? "" : ",", judgement.numbers,
                           json_string(judgement.words));
    words += (words.empty() ? "" : "; ") + judgement.words;
  }
  // The decision itself goes along to the letter.
  return {.account = account,
          .data = fmt::format(
              R"({{"type":"unusual","seq":{},"at":{},"key":{},"account":{},"currency":{},)"
              R"("words":{},"reasons":[{}],"entry":{}}})",
              event.seq, json_string(event.at), json_string(event.key), json_string(account),
              json_string(currency), json_string(words), reasons, event.text)};
}

}  // namespace

Detector::Detector(UnusualPolicy policy, Load load, ScaleOf scale_of)
    : policy_(policy), load_(std::move(load)), scale_of_(std::move(scale_of)) {}

std::vector<Note> Detector::observe(const Event& event) {
  std::vector<Note> notes;
  const auto at = parse_rfc3339(event.at);
  if (event.outflows.empty() || !at) return notes;
  const std::int64_t hour = at->ns / History::kHourNs;
  for (const auto& [account, paid] : paid_by_account(event)) {
    const auto scale = scale_of_(paid.currency);
    const AmountText shown{.scale = scale.value_or(0),
                           .unit = (scale ? "" : "minor units of ") + paid.currency};
    Known& payer = known(account);
    payer.history.advance_to(hour);
    std::vector<Judgement> judgements;
    if (auto found = judge_amounts(payer.history, paid.amounts, policy_, shown)) {
      judgements.push_back(std::move(*found));
    }
    if (auto found = judge_rate(payer.history, hour, policy_)) {
      judgements.push_back(std::move(*found));
      payer.history.set_told();
    }
    payer.history.add(hour, paid.amounts);
    if (!payer.changed) ++changed_;
    payer.changed = true;
    if (!judgements.empty()) notes.push_back(note_of(event, account, paid.currency, judgements));
  }
  forget_the_oldest();
  return notes;
}

void Detector::each_changed(
    const std::function<void(const std::string&, const std::string&)>& write) const {
  for (const Known& each : recent_) {
    if (each.changed) write(each.account, each.history.encoded());
  }
}

void Detector::set_written() {
  for (Known& each : recent_) each.changed = false;
  changed_ = 0;
}

Detector::Known& Detector::known(const std::string& account) {
  const auto found = by_account_.find(account);
  if (found != by_account_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return recent_.front();
  }
  recent_.push_front({.account = account});
  by_account_[account] = recent_.begin();
  if (const auto stored = load_(account)) {
    // What can't be read is learned anew: a history decides nothing.
    recent_.front().history = History::decoded(*stored).value_or(History());
  }
  return recent_.front();
}

void Detector::forget_the_oldest() {
  while (recent_.size() > kHistoriesMax && !recent_.back().changed) {
    by_account_.erase(recent_.back().account);
    recent_.pop_back();
  }
}

}  // namespace giro::relay
