package android.webkit;

import android.content.Intent;
import android.net.Uri;

public class WebChromeClient {
    public static class FileChooserParams {
        public static Uri[] parseResult(int result, Intent data) {
            return result == 0 ? null : new Uri[] {new Uri("content://photos/1")};
        }

        public Intent createIntent() {
            return new Intent();
        }
    }

    public void onPermissionRequest(PermissionRequest request) {}

    public boolean onShowFileChooser(WebView view, ValueCallback<Uri[]> callback, FileChooserParams parameters) {
        return false;
    }
}
