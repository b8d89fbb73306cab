// Keeps the socket where clients look for it. A clean-up of /run or /tmp, or a person, may remove the
// file, and then nobody could connect any more although all else goes on.
//
// What always holds: a file that is gone, or was replaced by the socket of somebody who is gone, is made
// again; one that another program uses is left alone, and said; systemd's is its own to make, and only
// reported. It waits for the kernel's word (inotify), so that an idle daemon sleeps. A folder further up
// than the socket's own isn't watched. Thread: the I/O thread.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/listener.hpp"

namespace giro {

class SocketKeeper {
 public:
  // `listen_on` takes over the new listening socket; the one before is closed in it.
  SocketKeeper(boost::asio::io_context& io, Listener listener, Config config,
               std::function<void(int socket)> listen_on);

  void start() { watch(); }
  // Removes the file, if it is the daemon's own. REQUIRES: the listening socket is open.
  void stop();

 private:
  void watch();
  void wait();
  void look();
  void look_later();
  void make_again();
  void report_lost();

  boost::asio::posix::stream_descriptor inotify_;
  boost::asio::steady_timer retry_;
  Listener listener_;
  const Config config_;  // As it was at the start: a socket's settings need a restart.
  std::function<void(int socket)> listen_on_;
  std::string trouble_;  // Why it can't be made, as it was logged; empty: all is well.
};

}  // namespace giro
