#include "protocol/rpc.hpp"

#include <algorithm>

#include "protocol/line_framer.hpp"
#include "protocol/number_text.hpp"

namespace giro::protocol {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= LineFramer::kPaddingBytes);

// Documents up to this size keep their memory for the next one: a submit_many of 10,000 payments.
constexpr std::size_t kParserBytesKept = std::size_t{4} << 20;

RpcError malformed(int number, std::string message) {
  return {.number = number,
          .refusal = {.code = ErrorCode::malformed, .field = {}, .message = std::move(message)}};
}

std::string parse_problem(simdjson::error_code error) {
  constexpr std::string_view kUndecided =
      "; nothing was decided, mend the request and send it again";
  std::string what = "the line isn't JSON";
  if (error == simdjson::UTF8_ERROR) what = "the line isn't UTF-8";
  if (error == simdjson::DEPTH_ERROR) what = "the line is nested more than 32 deep";
  if (error == simdjson::NUMBER_ERROR)
    what = "a number in the line isn't one, or needs over 64 bits";
  return what.append(kUndecided);
}

// Whether simdjson's value may say less than the id's own text, or looks like a mark.
bool loses_its_text(const Value& id, std::string_view line) {
  if (id.is_string()) return std::string_view(id).starts_with(kNumberMark);
  // Many clients count from 0: few of their lines are to be read twice.
  const bool may_be_minus_zero = id.is_int64() && std::int64_t(id) == 0 && has_text(line, "-0");
  return may_be_minus_zero || id.type() == simdjson::dom::element_type::DOUBLE;
}

bool has_lost_id(const Value& document, std::string_view line) {
  const auto id = document.at_key("id");
  return id.error() == simdjson::SUCCESS && loses_its_text(id.value_unsafe(), line);
}

// The id as JSON text; nothing for a type that an id can't have.
std::optional<std::string> id_text(const Value& id) {
  std::string text;
  JsonWriter json(text);
  switch (id.type()) {
    case simdjson::dom::element_type::STRING:
      if (const std::string_view marked(id); is_marked(marked)) {
        json.raw(without_mark(marked));
      } else {
        json.value(without_mark(marked));
      }
      break;
    case simdjson::dom::element_type::INT64:
      json.value(std::int64_t(id));
      break;
    case simdjson::dom::element_type::UINT64:
      json.value(std::uint64_t(id));
      break;
    case simdjson::dom::element_type::NULL_VALUE:
      json.value(nullptr);
      break;
    default:
      return std::nullopt;
  }
  return text;
}

std::string_view last_name(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot != std::string_view::npos) path.remove_prefix(dot + 1);
  return path.substr(0, path.find('['));
}

// What an envelope may have, as read; nothing: not given.
struct Members {
  std::optional<Value> version;
  std::optional<Value> id;
  std::optional<Value> method;
  std::optional<Value> params;
};

// Errors: what is wrong with the members' names. The id is read all the same.
std::optional<std::string> read_members(const simdjson::dom::object& object, Members& members) {
  std::optional<std::string> problem;
  bool id_is_clear = true;
  for (const auto [name, value] : object) {
    std::optional<Value>* member = name == "jsonrpc"  ? &members.version
                                   : name == "id"     ? &members.id
                                   : name == "method" ? &members.method
                                   : name == "params" ? &members.params
                                                      : nullptr;
    if (member == nullptr) {
      problem = "a request has jsonrpc, id, method and params, nothing else";
    } else if (member->has_value()) {
      problem = std::string(name).append(" is given twice");
      id_is_clear = id_is_clear && name != "id";
    } else {
      *member = value;
    }
  }
  if (!id_is_clear) members.id.reset();
  return problem;
}

// What takes its params by name has none by position: an empty list of them says nothing, as null does.
bool says_nothing(const Value& params) {
  simdjson::dom::array list;
  return params.is_null() || (params.get(list) == simdjson::SUCCESS && list.size() == 0);
}

std::optional<std::string> members_problem(const Members& members) {
  if (!members.version || !members.version->is_string() ||
      std::string_view(*members.version) != "2.0") {
    return "jsonrpc must be \"2.0\"";
  }
  if (!members.method || !members.method->is_string()) return "method must be a string";
  if (members.params && !members.params->is_object() && !members.params->is_array() &&
      !members.params->is_null()) {
    return "params must be an object";
  }
  return std::nullopt;
}

}  // namespace

int number_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::unknown_field:
    case ErrorCode::too_large:
    case ErrorCode::invalid_value:
    case ErrorCode::same_account:
      return -32602;
    case ErrorCode::unknown_method:
      return -32601;
    case ErrorCode::busy:
      return -32001;
    case ErrorCode::read_only:
      return -32002;
    case ErrorCode::shutting_down:
      return -32003;
    case ErrorCode::outcome_unknown:
      return -32004;
    case ErrorCode::key_conflict:
      return -32005;
    case ErrorCode::unauthorized:
      return -32006;
    case ErrorCode::account_unknown:
      return -32007;
    case ErrorCode::internal:
      return -32603;
  }
  return -32603;
}

RpcError error_of(Refusal refusal) {
  const int number = number_of(refusal.code);
  return {.number = number, .refusal = std::move(refusal)};
}

Parser::Parser() : parser_(std::make_unique<simdjson::dom::parser>(kLineBytesMax)) {
  // Allocating first is what fixes the depth: growing later keeps it.
  if (parser_->allocate(std::size_t{16} << 10, kDepthMax) != simdjson::SUCCESS)
    throw std::bad_alloc();
}

std::expected<Value, RpcError> Parser::parse(std::string_view line) {
  Value document;
  const bool kept_at_once = may_have_metadata(line);
  simdjson::error_code error = kept_at_once ? parse_kept(line, document) : parse(line, document);
  const bool id_is_lost =
      error == simdjson::SUCCESS && !kept_at_once && has_lost_id(document, line);
  if (error == simdjson::NUMBER_ERROR || id_is_lost) error = parse_kept(line, document);
  if (error == simdjson::SUCCESS) return document;
  return std::unexpected(malformed(kParseError, parse_problem(error)));
}

simdjson::error_code Parser::parse(std::string_view line, Value& document) {
  constexpr bool kCopyToPad = false;
  return parser_->parse(line.data(), line.size(), kCopyToPad).get(document);
}

simdjson::error_code Parser::parse_kept(std::string_view line, Value& document) {
  keep_numbers(line, kept_);
  const std::size_t size = kept_.size();
  kept_.append(LineFramer::kPaddingBytes, '\0');
  return parse(std::string_view(kept_).substr(0, size), document);
}

void Parser::relax() {
  if (parser_->capacity() > kParserBytesKept) *this = Parser();
}

std::expected<Envelope, BadEnvelope> read_envelope(const Value& request) {
  BadEnvelope bad{.id = "null", .error = {}};
  const auto refuse = [&bad](std::string what) {
    bad.error = malformed(kInvalidRequest, "not a JSON-RPC 2.0 request: " + std::move(what) +
                                               "; nothing was decided");
    return std::unexpected(std::move(bad));
  };
  simdjson::dom::object object;
  if (request.get(object) != simdjson::SUCCESS) return refuse("it must be an object");

  Members members;
  auto problem = read_members(object, members);
  Envelope envelope;
  if (members.id) {
    auto id = id_text(*members.id);
    if (!id) return refuse("id must be a string, a number or null");
    if (id->size() > kIdBytesMax) return refuse("an id has at most 256 bytes of JSON");
    envelope.id = std::move(*id);
  }
  if (!problem) problem = members_problem(members);
  if (problem) {
    if (!envelope.id.empty()) bad.id = std::move(envelope.id);
    return refuse(std::move(*problem));
  }
  envelope.method = std::string_view(*members.method);
  if (members.params && !says_nothing(*members.params)) envelope.params = members.params;
  return envelope;
}

std::string_view take_member(std::string_view& members) {
  members.remove_prefix(std::min(members.find_first_not_of(" \t\r\n,"), members.size()));
  std::size_t end = 0;
  for (int depth = 0; end < members.size(); ++end) {
    const char c = members[end];
    if (depth == 0 && (c == ',' || c == ']')) break;
    if (c == '"') {
      while (members[++end] != '"') end += members[end] == '\\';
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  const std::string_view member = members.substr(0, end);
  members.remove_prefix(end);
  return member;
}

void begin_result(std::string& out, std::string_view id) {
  JsonWriter(out).begin_object().field("jsonrpc", "2.0").raw_field("id", id).key("result");
}

void append_code(std::string& out, const Refusal& refusal) {
  if (refusal.code != ErrorCode::invalid_value) {
    out.append(name(refusal.code));
    return;
  }
  out.append("invalid_").append(last_name(refusal.field));
}

void write_error(std::string& out, std::string_view id, const RpcError& error) {
  std::string code;
  append_code(code, error.refusal);
  JsonWriter json(out);
  json.begin_object().field("jsonrpc", "2.0").raw_field("id", id).key("error").begin_object();
  json.field("code", error.number).field("message", error.refusal.message);
  json.key("data").begin_object().field("code", code);
  if (!error.refusal.field.empty()) json.field("field", error.refusal.field);
  if (error.conflict_seq != 0) json.field("seq", error.conflict_seq);
  json.end_object().end_object().end_object();
}

void write_refusal(JsonWriter& json, const RpcError& error) {
  std::string code;
  append_code(code, error.refusal);
  json.begin_object().field("code", code);
  if (!error.refusal.field.empty()) json.field("field", error.refusal.field);
  if (error.conflict_seq != 0) json.field("seq", error.conflict_seq);
  json.field("message", error.refusal.message).end_object();
}

}  // namespace giro::protocol
