"""Search the best attention architecture for your own data, with Microsoft NNI."""
