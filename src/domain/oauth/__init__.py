"""The client's side of OAuth 2, sans-I/O: build the request, judge the response. One file, one grant or RFC."""
