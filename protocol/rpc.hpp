// JSON-RPC 2.0: what is around a request and a reply, and the numbers of its errors.
//
//   Parser::parse(line)   JSON text -> document (one at a time: the next parse ends the one before)
//   read_envelope(value)  one request of it -> id, method, params
//   write_error(...)      the reply to a request that was refused
//
// Thread: any, one at a time for each Parser. Views point into the parser's document.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "ledger/codes.hpp"
#include "ledger/command/request.hpp"
#include "protocol/json_writer.hpp"

namespace giro::protocol {

inline constexpr std::size_t kDepthMax = 32;
inline constexpr std::size_t kArrayRequestsMax = 10'000;
inline constexpr std::size_t kIdBytesMax = 256;  // As JSON text: they are kept until the reply.

using Value = simdjson::dom::element;

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;

// Nothing was decided: the JSON-RPC number, and why.
struct RpcError {
  int number = 0;
  Refusal refusal;
  std::uint64_t conflict_seq = 0;  // key_conflict: the decision that stands.
};

// The number that PROTOCOL.md gives a refusal of a well-formed request.
[[nodiscard]] int number_of(ErrorCode code);
[[nodiscard]] RpcError error_of(Refusal refusal);

class Parser {
 public:
  Parser();
  // Numbers in metadata, and ids that aren't plain integers, come as marked text
  // (protocol/number_text.hpp); a number that no 64 bits hold spoils only its own field.
  // REQUIRES: LineFramer::kPaddingBytes readable bytes after the line.
  [[nodiscard]] std::expected<Value, RpcError> parse(std::string_view line);
  // Gives memory back after a large document. The document ends.
  void relax();

 private:
  [[nodiscard]] simdjson::error_code parse(std::string_view line, Value& document);
  [[nodiscard]] simdjson::error_code parse_kept(std::string_view line, Value& document);

  std::unique_ptr<simdjson::dom::parser> parser_;
  std::string kept_;  // A line whose numbers are kept; its padding behind it.
};

struct Envelope {
  std::string id;  // As JSON text; empty: a notification, which gets no reply.
  std::string_view method;
  std::optional<Value> params;  // An object or an array.
};
struct BadEnvelope {
  std::string id;  // "null" where it couldn't be told.
  RpcError error;
};
[[nodiscard]] std::expected<Envelope, BadEnvelope> read_envelope(const Value& request);

// Takes the next member's text off the members of a JSON array; empty: there is none left.
// REQUIRES: `members` is what comes after the `[` of an array that was parsed, or what this left of it.
[[nodiscard]] std::string_view take_member(std::string_view& members);

// `{"jsonrpc":"2.0","id":..,"result":`; the caller appends the result and end_reply().
void begin_result(std::string& out, std::string_view id);
inline void end_reply(std::string& out) {
  out.push_back('}');
}
void write_error(std::string& out, std::string_view id, const RpcError& error);

// The published code: "malformed", or "invalid_amount" for the field "legs[3].amount".
void append_code(std::string& out, const Refusal& refusal);
// {"code","field","message","seq"}: a refusal within a result or a notification.
void write_refusal(JsonWriter& json, const RpcError& error);

}  // namespace giro::protocol
