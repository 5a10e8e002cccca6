"""Speech and audio files: reads WAV, speaks texts, keeps what was spoken."""
