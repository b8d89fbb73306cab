// What the journal is told: an event with its fields, everything else as lines of the stream.
#include "daemon/journal_sink.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/message_ids.hpp"

namespace giro {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A journal that keeps what it is sent, and a stream that it reads.
class Journal : public testing::Test {
 public:
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

 protected:
  Journal() {
    std::string pattern = (fs::temp_directory_path() / "giro.XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    EXPECT_EQ(::pipe(stream_.data()), 0);
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Journal() override {
    for (const int descriptor : {stream_[0], stream_[1], socket_}) ::close(descriptor);
    fs::remove_all(folder_);
  }

  [[nodiscard]] std::string path() const { return folder_ + "/socket"; }
  [[nodiscard]] spdlog::logger logger() const {
    return {"girod", std::make_shared<JournalSink>(stream_[1], path())};
  }
  void tell(const Notice& notice) const {
    JournalSink::about(&notice);
    logger().warn(notice.text);
    JournalSink::about(nullptr);
  }
  // The next message; empty: there is none.
  [[nodiscard]] std::string sent() const {
    std::array<char, 4096> bytes{};
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return {bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
  }
  // REQUIRES: there is something.
  [[nodiscard]] std::string streamed() const {
    std::array<char, 4096> bytes{};
    const auto size = ::read(stream_[0], bytes.data(), bytes.size());
    return {bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

  std::string folder_;
  std::array<int, 2> stream_{};
  int socket_ = -1;
};

TEST_F(Journal, KeepsWhatAnEventIsAbout) {
  tell({.severity = Severity::warning,
        .event = Event::decided,
        .text = "decided",
        .seq = 17,
        .uid = 1000,
        .node = "one",
        .key = "inv-17",
        .accounts = {"customers:ada", "shop"}});
  const std::string fields = sent();
  EXPECT_THAT(fields, HasSubstr("MESSAGE=decided\nPRIORITY=4\n"));
  EXPECT_THAT(fields, HasSubstr("\nMESSAGE_ID=" + std::string(message_id(Event::decided)) + "\n"));
  EXPECT_THAT(fields, HasSubstr("\nGIRO_SEQ=17\nGIRO_UID=1000\nGIRO_NODE=one\nGIRO_KEY=inv-17\n"
                                "GIRO_ACCOUNT=customers:ada\nGIRO_ACCOUNT=shop\n"));
}

TEST_F(Journal, HasNoFieldForWhatAnEventIsNotAbout) {
  tell({.severity = Severity::info, .event = Event::unblocked, .text = "goes on"});
  EXPECT_THAT(sent(), Not(HasSubstr("GIRO_")));
}

TEST_F(Journal, CantBeMadeToTakeTextForAField) {
  tell({.severity = Severity::info, .event = Event::refused, .text = "a\nGIRO_UID=0"});
  EXPECT_TRUE(sent().starts_with(std::string("MESSAGE\n\x0c\0\0\0\0\0\0\0a\nGIRO_UID=0\n", 29)));
}

TEST_F(Journal, ReadsWhatIsNoEventFromTheStream) {
  logger().critical("can't start");
  tell({.severity = Severity::warning, .text = "no event"});
  EXPECT_EQ(streamed(), "<2>can't start\n<4>no event\n");
  EXPECT_EQ(sent(), "");
}

TEST_F(Journal, ReadsFromTheStreamWhatItsSocketDoesntTake) {
  const Notice notice{.severity = Severity::warning, .event = Event::clock, .text = "clock"};
  tell(notice);
  EXPECT_NE(sent(), "");
  fs::remove(path());
  tell(notice);
  EXPECT_EQ(streamed(), "<4>clock\n");
}

TEST_F(Journal, DoesntMakeTheDaemonWaitWhileItIsStuck) {
  const Notice notice{.severity = Severity::warning, .event = Event::clock, .text = "clock"};
  // More than both of them take at once: the rest is dropped.
  for (int i = 0; i < 20'000; ++i) tell(notice);
  EXPECT_NE(sent(), "");
  EXPECT_NE(streamed(), "");
}

TEST(MessageIds, AreEachEventsOwn) {
  const std::set<std::string_view> ids(kMessageIds.begin(), kMessageIds.end());
  EXPECT_EQ(ids.size(), kMessageIds.size());
  for (const std::string_view id : ids) {
    EXPECT_TRUE(id.empty() || id.size() == 32) << id;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string_view::npos) << id;
  }
}

}  // namespace
}  // namespace giro
