// What a request must show that came by TCP, where the kernel doesn't tell who sent it.
//
// What always holds: it names this machine (a page of elsewhere that a name server led here names itself), it
// isn't sent for a page of another origin, and where there is a token it bears that (RFC 6750), which is compared
// in the same time however it differs. /livez, /readyz and the page's files, which say nothing of the ledger, need no token.
// Thread: that of the sessions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "session/http/request_reader.hpp"

namespace giro::http {

enum class Verdict : std::uint8_t { let_in, other_host, other_origin, no_token };

// Of one that isn't let in: what is wrong with its request, and what to do.
[[nodiscard]] std::string_view explain(Verdict verdict);

class Gate {
 public:
  // Empty: there is none, and whoever comes may only read.
  explicit Gate(std::string token) : token_(std::move(token)) {}

  // Another one in its place, after a reload. REQUIRES: there was one, and is.
  void set_token(std::string token) { token_ = std::move(token); }
  [[nodiscard]] bool has_token() const { return !token_.empty(); }
  [[nodiscard]] Verdict judge(const Request& request) const;

 private:
  std::string token_;
};

}  // namespace giro::http
