//! Frames to packets: link layers, IP, tunnels, fragments, transports.
