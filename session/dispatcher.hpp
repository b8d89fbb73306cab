// From a line to work: parses, finds the method, asks whether the user may, checks the fields, and
// puts the request into the queue to the commit thread. What needs no ledger is answered at once.
//
// What always holds: every request of a line is either answered (an error, or at once) or has a slot
// and an item in the queue; a line that can't be parsed changes nothing. Never blocks.
// Thread: that of the sessions.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "protocol/query_params.hpp"
#include "session/backend.hpp"
#include "session/session.hpp"

namespace giro {

class Dispatcher {
 public:
  Dispatcher(Backend& backend, const ServerInfo& info) : backend_(backend), info_(info) {}

  void handle(Session& session, std::string_view line);
  // One request of an array that was handed to Session::begin_array().
  void handle_member(Session& session, std::string_view member,
                     const std::shared_ptr<ArrayReply>& array);

 private:
  using Problem = std::optional<Refusal>;
  struct Request {
    Session& session;
    Method method;
    ReplyTo to;
    const protocol::Params& params;
  };

  static void handle_array(Session& session, std::string_view line,
                           const simdjson::dom::array& array);
  void handle_request(Session& session, const protocol::Value& value,
                      const std::shared_ptr<ArrayReply>& array);
  [[nodiscard]] Problem dispatch(Request& request);

  [[nodiscard]] Problem submit(Request& request);
  [[nodiscard]] Problem submit_many(Request& request);
  [[nodiscard]] Problem open_account(Request& request);
  [[nodiscard]] Problem get_account(Request& request);
  [[nodiscard]] Problem get_status(Request& request);
  [[nodiscard]] Problem get_info(Request& request);
  // A question that goes through the queue for its ticket. `query` is what the ticket resolves.
  [[nodiscard]] Problem ask(Request& request, ReadQuery query, WithTicket with_ticket,
                            std::uint32_t lines_max);
  template <class Read>
  [[nodiscard]] Problem ask_plain(Request& request, Read read);
  [[nodiscard]] Problem ask_statement(Request& request);
  [[nodiscard]] Problem ask_payment(Request& request);
  [[nodiscard]] Problem subscribe(Request& request);
  [[nodiscard]] Problem unsubscribe(Request& request);

  // On success the request's reply is on its way; otherwise the request still has its ReplyTo.
  [[nodiscard]] Problem admit(Request& request, Work work, Weight weight,
                              std::unique_ptr<PendingExtra> extra = nullptr,
                              std::uint32_t window_weight = 1);

  Backend& backend_;
  const ServerInfo& info_;
  protocol::Parser parser_;
  protocol::PaymentParams scratch_;
};

}  // namespace giro
