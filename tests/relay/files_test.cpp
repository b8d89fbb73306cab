// The relay's files: its settings, whose mistakes name their line, and what it remembers.
#include <filesystem>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "relay/config.hpp"
#include "relay/state_file.hpp"

namespace giro::relay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class RelayFiles : public testing::Test {
 protected:
  RelayFiles() { std::filesystem::create_directories(folder_); }
  ~RelayFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  [[nodiscard]] std::expected<RelayConfig, std::string> read(const std::string& text) const {
    write("relay.toml", text);
    return read_relay_config(path("relay.toml"));
  }
  [[nodiscard]] std::string error_of(const std::string& text) const {
    const auto config = read(text);
    return config ? "" : config.error();
  }
  [[nodiscard]] StateFile open() const {
    return std::move(StateFile::open(path("state.db")).value());
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("giro-relay-" + std::to_string(::getpid()));
};

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kHead = "state = \"/s\"\n[[endpoint]]\n";
const std::string kEndpoint =
    kHead + "name = \"shop\"\nurl = \"https://shop.example/x\"\nsecrets = [\"" + kSecret + "\"]\n";

TEST_F(RelayFiles, AFileWithoutAStateOrAnEndpointIsRefused) {
  EXPECT_THAT(error_of(kEndpoint.substr(kEndpoint.find("[["))), HasSubstr("it has no `state`"));
  EXPECT_THAT(error_of("state = \"/s\"\n"), HasSubstr("it has no [[endpoint]]"));
  EXPECT_THAT(error_of("state = \"/s\n"), HasSubstr("line 1"));
}

TEST_F(RelayFiles, AnEndpointHasAllOfItsSettings) {
  write("secrets", "# old and new\n" + kSecret + "\n\n" + kSecret + "\n");
  const auto config =
      read(kEndpoint + "secret_files = [\"" + path("secrets").string() +
           "\"]\nnetworks = [\"10.0.0.0/8\"]\nkinds = [\"payment\", \"books_close\"]\n"
           "alerts = [\"above\", \"unusual\"]\nfrom = 7\ntimeout = \"3s\"\nretry_max = \"15m\"\n"
           "give_up_after = \"7d\"\npending_max = 9\n");
  ASSERT_TRUE(config) << config.error();
  ASSERT_THAT(config->endpoints, SizeIs(1));
  const EndpointConfig& endpoint = config->endpoints.front();
  EXPECT_THAT(endpoint.secrets, SizeIs(3));
  EXPECT_THAT(endpoint.networks, SizeIs(1));
  EXPECT_THAT(endpoint.filter.kinds, ElementsAre("payment", "books_close"));
  EXPECT_TRUE(endpoint.filter.only_alerts && endpoint.filter.above && endpoint.filter.unusual);
  EXPECT_FALSE(endpoint.filter.below);
  EXPECT_EQ(endpoint.from, 7);
  EXPECT_EQ(endpoint.timeout, Millis(3'000));
  EXPECT_EQ(endpoint.outbox.backoff.most, Millis(900'000));
  EXPECT_EQ(endpoint.outbox.give_up_after, Millis(std::chrono::hours(168)));
  EXPECT_EQ(endpoint.outbox.deliveries_max, 9U);
}

TEST_F(RelayFiles, OneSocketIsFollowedOrThoseOfACluster) {
  const auto sockets_of = [this](const std::string& text) {
    return read(text + kEndpoint).value_or(RelayConfig{}).sockets;
  };
  EXPECT_THAT(sockets_of(""), IsEmpty());
  EXPECT_THAT(sockets_of("socket = \"/a b\"\n"), ElementsAre("/a b"));
  EXPECT_THAT(sockets_of("socket = [\"/a\", \"/b:c\"]\n"), ElementsAre("/a", "/b:c"));
  EXPECT_THAT(error_of("socket = [\"/a\", \"b\"]\n" + kEndpoint),
              HasSubstr("line 1: socket must be paths that start with /"));
  for (const std::string wrong : {"[]", "7", "\"\"", "[7]"}) {
    EXPECT_THAT(error_of(fmt::format("socket = {}\n{}", wrong, kEndpoint)),
                HasSubstr("line 1: socket must"))
        << wrong;
  }
}

TEST_F(RelayFiles, AMistakeNamesItsLine) {
  EXPECT_THAT(error_of(kEndpoint + "timout = \"3s\"\n"),
              HasSubstr("line 6: timout isn't a setting here; did you mean timeout?"));
  EXPECT_THAT(error_of(kEndpoint + "timeout = 3\n"), HasSubstr("line 6: timeout must be a time"));
  EXPECT_THAT(error_of(kEndpoint + "kinds = [\"payments\"]\n"),
              HasSubstr("line 6: kinds names payments, which there isn't; did you mean payment?"));
  EXPECT_THAT(error_of(kEndpoint + "networks = [\"10.0.0.0/40\"]\n"),
              HasSubstr("line 6: networks has"));
  EXPECT_THAT(error_of(kEndpoint + "name = \"a\"\n"), HasSubstr("line 6"));
  EXPECT_THAT(error_of(kEndpoint + "a = \"1\"\nb = 2\n"),
              AllOf(HasSubstr("line 6"), HasSubstr("line 7")));
  EXPECT_THAT(error_of(kEndpoint + kEndpoint.substr(kEndpoint.find("[["))),
              HasSubstr("line 6: endpoint has the name shop of another one"));
}

TEST_F(RelayFiles, NothingIsPostedUnsignedOrInTheClear) {
  EXPECT_THAT(error_of(kHead + "name = \"shop\"\nurl = \"https://x.example\"\n"),
              HasSubstr("line 2: endpoint needs secrets or secret_files"));
  const std::string plain =
      kHead + "name = \"shop\"\nurl = \"http://x.example\"\nsecrets = [\"" + kSecret + "\"]\n";
  EXPECT_THAT(error_of(plain), HasSubstr("endpoint has a url without TLS"));
  EXPECT_EQ(error_of(plain + "networks = [\"10.0.0.1\"]\n"), "");
}

TEST_F(RelayFiles, AWrongSecretIsntShown) {
  const std::string error =
      error_of(kHead + "name = \"a\"\nurl = \"https://x.example\"\nsecrets = [\"hunter2\"]\n");
  EXPECT_THAT(error, HasSubstr("line 5: secrets holds what is no secret"));
  EXPECT_THAT(error, Not(HasSubstr("hunter2")));
}

Delivery delivery_of(DeliveryId id, const std::string& body = "{}") {
  return {.id = id,
          .seq = id * 10,
          .webhook_id = "w" + std::to_string(id),
          .body = body,
          .accounts = {"a", "b\"c"},
          .failures = 2,
          .taken_at = Time(Millis(1'000)),
          .next_at = Time(Millis(2'000)),
          .last_error = "500"};
}

TEST_F(RelayFiles, TheStateComesBackAsItWasWritten) {
  {
    StateFile file = open();
    EXPECT_EQ(file.state_of("shop").cursor, -1);
    Changes changes;
    changes.state = {.cursor = 42, .cursor_at = "then", .delivered = 7, .last_error = "500"};
    changes.state.failing_since = Time(Millis(5));
    changes.kept = {delivery_of(1, R"({"a":"\u0000"})"), delivery_of(2)};
    changes.dead = {delivery_of(3)};
    changes.histories = {{"ada", std::string("\0\1\2", 3)}};
    file.write({{"shop", changes}}, {});
  }
  StateFile file = open();
  const EndpointState state = file.state_of("shop");
  EXPECT_EQ(state.cursor, 42);
  EXPECT_EQ(state.cursor_at, "then");
  EXPECT_EQ(state.delivered, 7);
  EXPECT_EQ(state.failing_since, Time(Millis(5)));
  EXPECT_EQ(state.disabled_at, std::nullopt);
  const auto pending = file.pending_of("shop");
  ASSERT_THAT(pending, SizeIs(2));
  EXPECT_EQ(pending[0].body, "{\"a\":\"\\u0000\"}");
  EXPECT_THAT(pending[1].accounts, ElementsAre("a", "b\"c"));
  EXPECT_EQ(pending[1].next_at, Time(Millis(2'000)));
  EXPECT_EQ(pending[1].failures, 2);
  EXPECT_EQ(file.retried_of("shop").count, 2);
  EXPECT_EQ(file.retried_of("shop").seq, 10);
  EXPECT_EQ(file.dead_count("shop"), 1);
  EXPECT_EQ(file.dead_letter(3)->delivery.webhook_id, "w3");
  EXPECT_EQ(file.history_of("shop", "ada"), std::string("\0\1\2", 3));
  EXPECT_EQ(file.next_id(), 4);
  EXPECT_THAT(file.endpoints(), ElementsAre("shop"));
}

TEST_F(RelayFiles, ADeliveryIsInOnePlaceAtATime) {
  StateFile file = open();
  Changes kept;
  kept.kept = {delivery_of(1), delivery_of(2)};
  file.write({{"shop", kept}}, {});
  Changes later;
  later.done = {1};
  later.dead = {delivery_of(2)};
  file.write({{"shop", later}}, {});
  EXPECT_THAT(file.pending_of("shop"), IsEmpty());
  EXPECT_EQ(file.dead_count("shop"), 1);
  Changes resent;
  resent.buried = {2};
  resent.kept = {delivery_of(5)};
  file.write({{"shop", resent}}, {});
  EXPECT_EQ(file.dead_count("shop"), 0);
  EXPECT_EQ(file.pending_count("shop"), 1);
}

TEST_F(RelayFiles, TheCommandLineLeavesRequestsAndTheRelayNoticesThem) {
  StateFile relay = open();
  EXPECT_FALSE(relay.others_wrote());
  auto command_line = StateFile::open_existing(path("state.db"));
  ASSERT_TRUE(command_line) << command_line.error();
  command_line->ask({{.endpoint = "shop", .action = Request::Action::resend, .value = 3}});
  EXPECT_TRUE(relay.others_wrote());
  const auto requests = relay.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].endpoint, "shop");
  EXPECT_EQ(requests[0].value, 3);
  relay.write({}, {requests[0].id});
  EXPECT_THAT(relay.requests(), IsEmpty());
}

TEST_F(RelayFiles, OnlyOneRelayHasAStateFile) {
  EXPECT_EQ(StateFile::is_in_use(path("state.db")), false);
  const StateFile first = open();
  EXPECT_EQ(StateFile::is_in_use(path("state.db")), true);
  const auto second = StateFile::open(path("state.db"));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("another relay runs on"));
}

TEST_F(RelayFiles, AnotherProgramsFileIsLeftAsItIs) {
  {
    SQLite::Database other(path("state.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)");
  }
  const auto file = StateFile::open(path("state.db"));
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error(), HasSubstr("is no state file of the relay"));
  SQLite::Database other(path("state.db").string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(other.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

}  // namespace
}  // namespace giro::relay
