// Whom a request names: something that was decided before, by its key or by its seq. Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ledger/command/refusal.hpp"
#include "ledger/payment_key.hpp"

namespace giro {

using Seq = std::uint64_t;  // 0: none, the seq before the first.

struct ReferenceRequest {
  std::optional<std::string_view> key;
  std::optional<std::int64_t> seq;
};

// One of both.
struct Reference {
  PaymentKey key;  // Empty: by seq.
  Seq seq = 0;

  // `field`: what the request calls it.
  [[nodiscard]] static std::expected<Reference, Refusal> check(const ReferenceRequest& request,
                                                               std::string_view field);

  friend bool operator==(const Reference&, const Reference&) = default;
};

}  // namespace giro
