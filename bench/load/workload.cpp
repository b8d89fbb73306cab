#include "bench/load/workload.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace giro::load {
namespace {

// As large as a group of TigerBeetle's, which these were compared with first.
constexpr unsigned kGroup = 8'189;
// One request is decided while the next one is on its way: more only wait in line.
constexpr unsigned kGroupsOutstanding = 2;

constexpr std::array<Workload, 14> kWorkloads{{
    {.id = "W1",
     .title = "10M payments in groups of 8,189, 10,000 accounts, one client",
     .payments = 10'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup,
     .is_killed_at_end = true},
    {.id = "W2",
     .title = "5M payments in groups of 8,189, 1,000,000 accounts, one client",
     .payments = 5'000'000,
     .accounts = 1'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup},
    {.id = "W3",
     .title = "one payment a request, 32 connections, one outstanding each",
     .connections = 32},
    {.id = "W4",
     .title = "one payment a request, 8 connections, 256 outstanding each",
     .connections = 8,
     .window = 256},
    {.id = "W5",
     .title = "5,000 payments a second arriving evenly, open loop, 32 connections",
     .connections = 32,
     .arrivals_per_second = 5'000},
    {.id = "W6",
     .title = "W3 with every payment into one hot account",
     .connections = 32,
     .one_hot_account = true},
    {.id = "W7",
     .title = "W3 beside 10,000 idle connections",
     .connections = 32,
     .idle_connections = 10'000},
    {.id = "W8", .title = "questions at random to W1's ledger", .is_questions = true},
    {.id = "W9",
     .title = "W1 with statement scans and a subscriber of all events",
     .payments = 10'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup,
     .readers_beside = true},
    {.id = "W10",
     .title = "W1 with 5M holds, each captured at once, in place of payments",
     .asked = Asked::holds_and_captures,
     .payments = 10'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup},
    {.id = "W11",
     .title = "W1 with a mix of all methods that change the ledger",
     .asked = Asked::all_methods,
     .payments = 10'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup},
    {.id = "W12",
     .title = "W3 while 1,000,000 open holds expire within one minute",
     .seconds = 60,
     .connections = 32,
     .expiring_holds = 1'000'000},
    {.id = "W13",
     .title = "W1 with a velocity limit on every account",
     .payments = 10'000'000,
     .window = kGroupsOutstanding,
     .payments_a_request = kGroup,
     .has_velocity_limits = true},
    {.id = "W14", .title = "W3 over HTTP, kept alive", .connections = 32, .speaks_http = true},
}};

}  // namespace

std::span<const Workload> all_workloads() {
  return kWorkloads;
}

const Workload* find_workload(std::string_view id) {
  const auto same = [](char left, char right) {
    return std::toupper(static_cast<unsigned char>(left)) == right;
  };
  const auto found = std::ranges::find_if(kWorkloads, [&](const Workload& workload) {
    return std::ranges::equal(id, workload.id, same);
  });
  return found == kWorkloads.end() ? nullptr : &*found;
}

}  // namespace giro::load
