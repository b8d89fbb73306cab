// From a line to requests: parses, finds the method, asks whether the user may, and lets the method read
// its params and send the work on. What needs no ledger is answered at once.
//
// What always holds: every request of a line is either answered (an error, or at once) or has a slot
// and an item in the queue; a line that can't be parsed changes nothing. Never blocks.
// Thread: that of the sessions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "protocol/payment_params.hpp"
#include "session/backend.hpp"
#include "session/metrics_text.hpp"
#include "session/postponed.hpp"
#include "session/session.hpp"

namespace giro {

class Dispatcher {
 public:
  Dispatcher(Backend& backend, Postponed& postponed, const ServerInfo& info)
      : backend_(backend), postponed_(postponed), info_(info) {}

  void handle(Session& session, std::string_view line);
  // A request of HTTP. What it asks is answered in the session's exchange; the lines that it brings are
  // the session's to take on.
  void handle(Session& session, http::Routed&& routed);
  // A request of HTTP that the gate didn't let in.
  void turn_away(Session& session, http::Verdict verdict);
  // For GET /metrics.
  void count_refusal(ErrorCode code) { ++refusals_.at(static_cast<std::size_t>(code)); }
  // One request of an array that was handed to Session::begin_array().
  void handle_member(Session& session, std::string_view member,
                     const std::shared_ptr<ArrayReply>& array);

 private:
  class RouteVisitor;

  static void handle_array(Session& session, std::string_view line,
                           const simdjson::dom::array& array);
  void handle_request(Session& session, const protocol::Value& value,
                      const std::shared_ptr<ArrayReply>& array);

  void tell_metrics(Session& session);
  // One call of a method, with its params as text.
  void handle_call(Session& session, std::string_view method, std::string& params);
  void call(Session& session, std::string_view name, const protocol::Params& params, ReplyTo to);

  Backend& backend_;
  Postponed& postponed_;
  const ServerInfo& info_;
  RefusalCounts refusals_{};
  protocol::Parser parser_;
  protocol::PaymentParams scratch_;
};

}  // namespace giro
