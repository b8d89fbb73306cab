// What is posted: a CloudEvent 1.0 in its structured JSON form, with an id of its own.
//
// What always holds: the same decision has the same id at the same endpoint, after any restart, and
// another decision has another one, also where a restored ledger gave its seq again: the id is made from
// what the message is about. Pure: any thread.
//
// Source: CloudEvents 1.0.2, "JSON Event Format", section 3.
#pragma once

#include <string>
#include <string_view>

#include "relay/event.hpp"

namespace giro::relay {

inline constexpr const char* kContentType = "application/cloudevents+json";
inline constexpr std::string_view kUnusualKind = "giro.payment.unusual";
inline constexpr std::string_view kTestKind = "giro.test";

struct Message {
  std::string id;
  std::string body;
};

// The text as JSON has it.
[[nodiscard]] std::string json_string(std::string_view text);

// `about`: what tells messages of one decision apart, such as the account of a note.
[[nodiscard]] std::string message_id(std::string_view endpoint, const Event& event,
                                     std::string_view kind, std::string_view about);
// `kind`: the CloudEvent's type. `subject`: empty for none. `data`: a JSON value.
[[nodiscard]] std::string cloud_event(std::string_view id, std::string_view source,
                                      std::string_view kind, std::string_view subject,
                                      std::string_view time, std::string_view data);

// The decision itself; its type is giro.KIND.STATUS, for instance giro.payment.applied.
[[nodiscard]] Message message_of(const Event& event, std::string_view endpoint,
                                 std::string_view source);

}  // namespace giro::relay
