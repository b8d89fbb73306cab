// From answers to replies: what the commit thread and the reading threads send back goes to the
// connection and slot that asked.
//
// What always holds: a group's replies are made after its commit, in its order; each connection is
// written to once a group, however many of its requests were in it. Thread: the I/O thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "daemon/cause_log.hpp"
#include "daemon/commit_thread.hpp"
#include "daemon/connections.hpp"
#include "daemon/notifier.hpp"
#include "engine/read_thread.hpp"
#include "session/subscriptions.hpp"
#include "session/view_json.hpp"

namespace giro {

class Answers {
 public:
  struct Parts {
    Connections& connections;
    WorkQueue& queue;
    ReadThread& reads;   // Short questions.
    ReadThread& audits;  // Long ones.
    Subscriptions& subscriptions;
    Notifier& notifier;
    CauseLog& log;
    std::function<DaemonFigures()> figures;
  };

  explicit Answers(Parts parts) : parts_(std::move(parts)) {}

  void deliver(const CommittedGroup& group);
  void deliver(ReadAnswer&& answer);
  // The commit thread is gone: who still waits for it is told that the outcome isn't known.
  void abandon_undecided();

 private:
  class Visitor;
  class ReadVisitor;

  void answer_ticket(Connection& connection, std::uint32_t slot, const Ticket& ticket);
  void ask_reader(Connection& connection, std::uint32_t slot, const Ticket& ticket);
  void ask_accounts(Connection& connection, std::uint32_t slot, store::AccountsPage&& found);
  static void answer_accounts(Connection& connection, const Pending& pending,
                              const AccountsAnswer& answer);
  static void refuse(Connection& connection, std::uint32_t slot, Refusal refusal);

  Parts parts_;
  std::vector<std::shared_ptr<Connection>> answered_;  // In this group; kept for its memory.
};

}  // namespace giro
