// Descriptors 0 to 2, before anything else is opened. Where one is closed, the next file that a program
// opens gets its number: a log line would overwrite the ledger's anchor, and an answer to a terminal
// would go into the daemon's socket. Thread: the first thing that main() does.
#pragma once

namespace giro {

// Puts /dev/null in the place of each that is closed, opened so that writing to it fails and is told,
// rather than lost.
void open_standard_descriptors();

}  // namespace giro
