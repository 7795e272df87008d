// The endpoints that are read with GET and tell of the host: its flags, its log level, its files.
//
//   /flags                       {"flags":{"port":"5050",...}}
//   /logging/toggle              the level, as text
//     ?level=1&duration=10mins   sets it for so long
//   /files/browse?path=          what is in a directory, as "ls -l" has it
//   /files/read?path=&offset=&length=   {"data":"...","offset":0}; offset -1: how large it is
//   /files/download?path=        the file, streamed as fast as the client takes it
//   /files/debug                 where what is attached really is
#ifndef MESOSLIB_HTTP_HOST_ENDPOINTS_H_
#define MESOSLIB_HTTP_HOST_ENDPOINTS_H_

#include "mesoslib/http/exchange.h"
#include "mesoslib/http/host.h"

namespace mesos::http {

Handler CreateFlagsEndpoint(HostPtr host);
Handler CreateLoggingToggle(HostPtr host);
Handler CreateFilesBrowse(HostPtr host);
Handler CreateFilesRead(HostPtr host);
Handler CreateFilesDownload(HostPtr host);
Handler CreateFilesDebug(HostPtr host);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HOST_ENDPOINTS_H_
