// One conversation in HTTP/1.1: a request at a time, its answer, then the next. What a request asks is a call of
// the protocol's methods; this is its form: status, head, problem documents (RFC 9457), pieces, events.
//
//   put() bytes; begin() a complete request; write the answer into text(), tell note()s; flush() now and
//   then; finish() when all of it is there
//
// What always holds: an answer is whole before the next request is read; what is refused has a problem document
// whose `code` is the protocol's. Thread: that of the sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/codes.hpp"
#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"
#include "session/http/gate.hpp"
#include "session/http/request_reader.hpp"
#include "session/http/routes.hpp"

namespace giro::http {

// RFC 9110, section 15.
[[nodiscard]] unsigned status_of(ErrorCode code);

class Exchange {
 public:
  // --- bytes in ---
  [[nodiscard]] std::size_t put(std::string_view bytes) { return reader_.put(bytes); }
  [[nodiscard]] RequestReader& reader() { return reader_; }
  [[nodiscard]] const RequestReader& reader() const { return reader_; }

  // --- the request at hand ---
  // REQUIRES: the reader has a complete one.
  [[nodiscard]] Routed begin();
  // It has begun, and its answer isn't finished.
  [[nodiscard]] bool is_open() const { return open_; }
  // GET /v1/events, once it is answered: it has no end.
  [[nodiscard]] bool is_feed() const { return form_ == Form::events; }
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  // The next line of the body of POST /v1/rpc; nothing: there is none left.
  [[nodiscard]] std::optional<std::string_view> next_line();

  // --- the answer ---
  enum class Form : std::uint8_t { json, problem, text, lines, events, file };
  [[nodiscard]] std::string& text() { return text_; }
  // What was decided is a rejection: the answer becomes its problem document.
  void note(Rejection code) { rejection_ = code; }
  // What was asked for isn't there.
  void note_missing() { status_ = 404; }
  // JSON text.
  void tell_json(std::string_view text) { text_.assign(text).push_back('\n'); }
  // A word of plain text.
  void tell(std::string_view word) { form_ = Form::text, text_.assign(word); }
  // A file of the page.
  void show(const PageFile& file);
  void ask_whether_ready() { asks_whether_ready_ = true; }
  [[nodiscard]] bool asks_whether_ready() const { return asks_whether_ready_; }
  // `obstacle`: why nothing is decided; empty: payments are decided.
  void tell_whether_ready(std::string_view obstacle);
  void refuse(const protocol::RpcError& error);
  // There is no such path, or not with this method.
  void refuse(const NoRoute& none);
  // The gate didn't let the request in.
  void turn_away(Verdict verdict);
  // The request at hand can't be read: it is answered, and nothing more is taken.
  void break_off() { open_ = true, keeps_alive_ = false, lines_ = {}; }

  // What is there of an answer that comes in pieces.
  void flush(std::string& out);
  void finish(std::string& out);

  // Its first event says what was subscribed. `last`: the seq before the first that comes.
  void begin_feed(std::uint64_t last) { form_ = Form::events, begin_event("subscribed", last); }
  // An event of the feed: the caller writes its data into text(), then ends it.
  void begin_event(std::string_view name, std::uint64_t seq);
  void end_event() { text_.append(text_.ends_with('\n') ? "\n" : "\n\n"); }

 private:
  void begin_pieces(std::string& out);
  void write_problem(std::string_view code, std::string_view title, std::string_view detail,
                     std::string_view field);
  [[nodiscard]] std::string head() const;
  [[nodiscard]] std::string_view text_to_send();

  RequestReader reader_;
  std::string_view lines_;  // Of the body, those that weren't taken.
  std::string text_;
  std::string allowed_;
  std::string_view file_type_;
  Form form_ = Form::json;
  unsigned status_ = 200;
  Rejection rejection_ = Rejection::none;
  bool open_ = false;
  bool keeps_alive_ = true;
  bool asks_whether_ready_ = false;
  bool amounts_as_text_ = false;
  bool wants_head_alone_ = false;
  bool takes_pieces_ = true;
  bool in_pieces_ = false;  // Its head is sent.
};

}  // namespace giro::http
