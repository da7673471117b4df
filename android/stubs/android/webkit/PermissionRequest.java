package android.webkit;

public class PermissionRequest {
    public String[] granted;

    public String[] getResources() {
        return new String[] {"android.webkit.resource.VIDEO_CAPTURE"};
    }

    public void grant(String[] resources) {
        granted = resources;
    }
}
