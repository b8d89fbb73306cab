// What a ledger says to every question of the past, as text, question by question: to be compared with what it
// said before something happened to its file. A question that can't be answered says kNoAnswer.
#pragma once

#include <exception>
#include <map>
#include <string>

#include <fmt/format.h>

#include "ledger/entry/names.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {

inline constexpr const char* kNoAnswer = "no answer";
using Answers = std::map<std::string, std::string>;

class AllAnswers {
 public:
  // Of the entries up to `head`, by a reader of its own beside the ledger.
  AllAnswers(TestLedger& ledger, Seq head) : ledger_(ledger), head_(head) {}

  Answers ask() {
    ask_writer();
    try {
      reader_ = ledger_.reader();
    } catch (const std::runtime_error&) {
      return std::move(answers_);  // What isn't answered isn't wrong.
    }
    ask_reader();
    return std::move(answers_);
  }

 private:
  template <class Question>
  void ask(const std::string& name, Question question) {
    try {
      answers_[name] = question();
    } catch (const std::runtime_error&) {
      answers_[name] = kNoAnswer;
    }
  }

  void ask_writer() {
    const State& state = ledger_.state();
    for (AccountNumber number = 1; number <= state.account_count(); ++number) {
      if (state.opened_seq(number) > head_) break;
      ask(fmt::format("metadata of {}", number),
          [&] { return ledger_.ledger().account_metadata(number); });
      if (state.seq() != head_) continue;
      ask(fmt::format("account {}", number), [&] {
        const Account& account = state.account(number);
        return fmt::format("{} {} {} {} {}", state.name(number), account.balance, account.version,
                           account.held.out, account.last_seq);
      });
    }
  }

  void ask_reader() {
    ask("accounts", [&] {
      std::string all;
      for (store::AccountsPage page{.accounts = {}, .more = true}; page.more;) {
        const std::string after(page.accounts.empty() ? "" : page.accounts.back().id.view());
        page = reader_->accounts("", after, 20);
        for (const auto& account : page.accounts) {
          all += fmt::format("{} {}\n", account.id.view(), account.metadata);
        }
      }
      return all;
    });
    for (Seq seq = 1; seq <= head_; ++seq) {
      ask(fmt::format("entry {}", seq), [&] { return text_of(reader_->entry(seq)); });
      ask(fmt::format("what follows {}", seq),
          [&] { return text_of(reader_->latest_followup(seq)); });
    }
    for (const Seq at : {head_ / 3, head_}) {
      ask(fmt::format("trial balance at {}", at), [&] {
        std::string all;
        for (const auto& line : reader_->trial_balance(at).lines) {
          all += fmt::format("{} {} {} {}\n", line.currency.code.view(), line.sums.accounts,
                             text_of(line.sums.debit), text_of(line.sums.credit));
        }
        return all;
      });
    }
    ask_histories();
    ask_lists();
  }

  void ask_histories() {
    const State& state = ledger_.state();
    for (AccountNumber number = 1; number <= state.account_count(); ++number) {
      if (state.opened_seq(number) > head_) break;
      for (const Seq at : {head_ / 4, head_ / 2, head_}) {
        ask(fmt::format("account {} at {}", number, at), [&] {
          const auto point = reader_->account_at(number, ledger_.point(number), at);
          const auto terms = reader_->terms_at(number, at);
          return fmt::format("{} {} {} {} {}", point.balance, point.version, point.held.out,
                             text_of(point.posted_in),
                             terms ? terms->floor_or_none().value_or(-1) : -2);
        });
      }
      ask(fmt::format("statement of {}", number), [&] {
        const auto head = reader_->account_at(number, ledger_.point(number), head_);
        std::string all;
        for (const auto& line : reader_->statement(
                 {.account = number, .head = head, .until_entry = head.version, .limit = 10'000})) {
          all += fmt::format("{} {} {} {} {} {} {}\n", line.seq, line.key.view(), line.amount,
                             line.balance, line.counterparty, line.reference, line.description);
        }
        return all;
      });
    }
  }

  void ask_lists() {
    ask("payments by reference", [&] {
      std::string all;
      const auto page =
          reader_->payments({.reference_prefix = "inv-", .last = head_, .limit = 10'000});
      for (const Entry& entry : page->payments) all += fmt::format("{}\n", entry.seq);
      return all;
    });
    if (ledger_.state().seq() != head_) return;
    ask("open holds", [&] {
      std::string all;
      for (const auto& hold : reader_->open_holds({.limit = 10'000}).holds) {
        all += fmt::format("{} {}\n", hold.entry.seq, hold.left);
      }
      return all;
    });
    ask("schedules", [&] {
      std::string all;
      for (const auto& next : reader_->schedules({}, 0, 10'000).schedules) {
        all += fmt::format("{} {}\n", next.schedule.seq, next.next_at.ns);
      }
      return all;
    });
  }

  static std::string text_of(Int128 amount) {
    return fmt::format("{}:{}", static_cast<std::int64_t>(amount >> 64),
                       static_cast<std::uint64_t>(amount));
  }
  static std::string text_of(const std::optional<Entry>& entry) {
    if (!entry) return "none";
    std::string text = fmt::format("{} {} {} {} {} {}", entry->seq, entry->at.ns, type_of(*entry),
                                   name(entry->outcome), entry->author.uid, entry->key.view());
    for (const Posting& p : entry->postings()) {
      text += fmt::format(" {}>{} {} {} {} {}", p.from, p.to, p.amount, p.from_after, p.to_after,
                          p.held);
    }
    if (const PaymentOptions* options = entry->options(); options != nullptr) {
      text += fmt::format(" {} {} {}", options->reference, options->description, options->metadata);
    }
    return text;
  }

  TestLedger& ledger_;
  const Seq head_;
  std::unique_ptr<store::Reader> reader_;
  Answers answers_;
};

}  // namespace giro::test
