// The workloads: what each of them asks of the daemon. Pure data: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace giro::load {

// What its requests ask for.
enum class Asked : std::uint8_t { payments, holds_and_captures, all_methods };

struct Workload {
  std::string_view id;
  std::string_view title;
  Asked asked = Asked::payments;
  std::uint64_t payments = 0;  // Decisions, at scale 1; 0: as many as the duration allows.
  double seconds = 10;         // Of those that are limited by time, at scale 1.
  std::uint32_t accounts = 10'000;
  unsigned connections = 1;
  unsigned window = 1;  // Requests outstanding on each connection.
  unsigned payments_a_request = 1;
  double arrivals_per_second = 0;  // Above 0: an open loop; the window says nothing then.
  unsigned idle_connections = 0;
  bool one_hot_account = false;
  bool readers_beside = false;       // Statement scans and a subscriber.
  bool has_velocity_limits = false;  // On every account.
  bool speaks_http = false;          // One payment a request, one outstanding.
  std::uint64_t expiring_holds = 0;  // At scale 1; they end evenly over its duration.
  bool is_questions = false;         // Asked of the ledger that W1 leaves.
  bool is_killed_at_end = false;
};

[[nodiscard]] std::span<const Workload> all_workloads();
// Nothing of this name: nullptr. "w3" is W3.
[[nodiscard]] const Workload* find_workload(std::string_view id);

}  // namespace giro::load
