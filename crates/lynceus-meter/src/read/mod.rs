//! Bytes to frames: pcap and pcapng, plain or compressed, file or standard input.
