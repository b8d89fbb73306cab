// What is found in the journal for a question. Thread: a reading thread.
#pragma once

#include <functional>

#include "engine/read_work.hpp"
#include "ledger/store/history/reader.hpp"

namespace giro {

// To a question that a stop broke off, or left waiting.
[[nodiscard]] Refusal stopping();
// Throws what the reader throws.
[[nodiscard]] ReadResult answer_question(store::Reader& reader,
                                         const store::LedgerFile& ledger_file, const ReadJob& job,
                                         const std::function<bool()>& cancelled);

}  // namespace giro
