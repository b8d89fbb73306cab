// From answers to replies: what the commit thread and the reading threads send back goes to the
// session and slot that asked.
//
// What always holds: a group's replies are made after its commit, in its order; each session is
// woken once a group, however many of its requests were in it. Thread: that of the sessions.
#pragma once

#include <memory>
#include <vector>

#include "session/backend.hpp"
#include "session/feed.hpp"
#include "session/postponed.hpp"
#include "session/sessions.hpp"

namespace giro {

class Answers {
 public:
  Answers(Sessions& sessions, Feed& feed, Postponed& postponed, Backend& backend,
          const ServerInfo& info)
      : sessions_(sessions), feed_(feed), postponed_(postponed), backend_(backend), info_(info) {}

  void deliver(const CommittedGroup& group);
  void deliver(ReadAnswer&& answer);
  // Questions that have waited too long for a seq; see Backend::look_for_late.
  void refuse_late();
  // The commit thread is gone: who still waits for it is told that the outcome isn't known.
  void abandon_undecided();

 private:
  class Visitor;
  class ReadVisitor;

  void answer_ticket(Session& session, std::uint32_t slot, const Ticket& ticket);
  void ask_reader(Session& session, std::uint32_t slot, const Ticket& ticket, Question question);
  void ask_accounts(Session& session, std::uint32_t slot, AccountsFound&& found);
  void ask_past(Session& session, std::uint32_t slot, const AccountsAnswer& now);
  void answer_accounts(Session& session, const Pending& pending, const AccountsAnswer& answer);
  // Of a question.
  template <class WriteFields>
  void reply(Session& session, const ReplyTo& to, WriteFields write_fields);
  void wake(Session& session);
  [[nodiscard]] ServerFigures figures() const;
  void refuse_postponed(std::vector<Postponed::Refused> refused);
  static void refuse(Session& session, std::uint32_t slot, Refusal refusal);

  Sessions& sessions_;
  Feed& feed_;
  Postponed& postponed_;
  Backend& backend_;
  const ServerInfo& info_;
  std::vector<std::shared_ptr<Session>> answered_;  // In this group; kept for its memory.
};

}  // namespace giro
