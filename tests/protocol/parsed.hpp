// A JSON text parsed for a test, padded as the parser needs it.
#pragma once

#include <stdexcept>
#include <string>

#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"

namespace giro::protocol {

class Parsed {
 public:
  explicit Parsed(std::string text) : text_(std::move(text)), size_(text_.size()) {
    text_.append(LineFramer::kPaddingBytes, ' ');
  }
  [[nodiscard]] std::expected<Value, RpcError> parse() {
    return parser_.parse(std::string_view(text_).substr(0, size_));
  }
  [[nodiscard]] Value value() {
    auto parsed = parse();
    if (!parsed) throw std::invalid_argument(parsed.error().refusal.message);
    return *parsed;
  }

 private:
  std::string text_;
  std::size_t size_;
  Parser parser_;
};

inline std::string code_of(const Refusal& refusal) {
  std::string code;
  append_code(code, refusal);
  return code;
}

}  // namespace giro::protocol
