// The relay: a process that follows girod's feed and posts it to webhooks. It is a client of girod like any
// other; girod needs no network for it and doesn't know it.
//
// Its parts: for each endpoint a Courier with a place in the feed of its own; one state file; signals. All of it
// runs on one thread, the I/O thread, which waits for nothing but the state file's disk. (A resolver of names has
// a thread of its own, Asio's.)
//
// What always holds:
//   - What a courier took or got rid of is in the state file kWriteAfter later, all endpoints in one
//     transaction. A crash before that repeats; it never loses.
//   - While the state file can't be written nothing is taken or posted, or a crash would repeat without end.
//   - SIGHUP takes the configuration over, or leaves everything as it was; SIGTERM waits for the posts that
//     are on their way, kStopMax at most. A second one doesn't wait.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "relay/config.hpp"

namespace giro::relay {

// Until a signal ends it. Errors: a sentence for the operator.
[[nodiscard]] std::expected<void, std::string> run_relay(const std::filesystem::path& config_file,
                                                         RelayConfig config);

// Whether messages could be posted to it as it is set: its certificates can be read. Errors: a sentence.
[[nodiscard]] std::expected<void, std::string> check_endpoint(const EndpointConfig& endpoint);

// A message of type giro.test to one endpoint. Errors: what went wrong.
[[nodiscard]] std::expected<void, std::string> send_test(const RelayConfig& config,
                                                         const EndpointConfig& endpoint);

}  // namespace giro::relay
