// NoteOf: what was made of a page of a state, such as its text, kept with the page.
#ifndef MESOSLIB_HTTP_PAGE_NOTE_H_
#define MESOSLIB_HTTP_PAGE_NOTE_H_

#include <memory>
#include <utility>

#include "mesos/master_state.h"

namespace mesos::http {

// What `make(page)` makes of a page, a Note, which is the same for the same page. `Note` is one
// type for one purpose: it tells whose the note is.
template <typename Note, typename Page, typename Make>
std::shared_ptr<const Note> NoteOf(const Page& page, Make make) {
  static const char whose = 0;
  if (std::shared_ptr<const void> kept = page.notes.Find(&whose); kept != nullptr) {
    return std::static_pointer_cast<const Note>(std::move(kept));
  }
  auto note = std::make_shared<const Note>(make(page));
  page.notes.Keep(&whose, note);
  return note;
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_PAGE_NOTE_H_
